/** The first line of what went wrong, for a list in which every engine has one line. */
export function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).trim().split('\n');
  return line.trim();
}
