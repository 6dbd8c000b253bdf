import { readFileSync } from 'node:fs';
import { format, type FormatConfig } from 'oxfmt';

const settings = new URL('../.oxfmtrc.json', import.meta.url);

/** A page in Markdown, formatted as the repository's files are. */
export async function formatted(page: string): Promise<string> {
  const { code, errors } = await format('page.md', page, JSON.parse(readFileSync(settings, 'utf8')) as FormatConfig);
  const [error] = errors;
  if (error !== undefined) throw new Error(error.message);
  return code;
}
