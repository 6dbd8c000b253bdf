import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkdownRenderer, SiteConfig } from 'vitepress';
import { pageOf } from './pages.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Links from pages to other files of the repository: these come along, as text, under `source/`, so that the site is
 * whole without a server of repositories.
 */
export function sources(base: string): { readonly markdown: (md: MarkdownRenderer) => void; readonly copy: (site: SiteConfig) => void } {
  const linked = new Set<string>();
  return {
    markdown: (md) => {
      md.core.ruler.push('sources', ({ tokens, env }) => {
        const { path, realPath = path } = env as { readonly path: string; readonly realPath?: string };
        const page = relative(ROOT, realPath);
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const [, href, anchor = ''] = /^(?![a-z]+:|[#/])([^#]+)(#.*)?$/.exec(token.attrGet('href') ?? '') ?? [];
          if (href === undefined) continue;
          const file = posix.join(posix.dirname(page), href).replace(/\/$/, '');
          if (file.endsWith('.md')) token.attrSet('href', `/${pageOf(file)}${anchor}`);
          else if (existsSync(join(ROOT, file, 'README.md'))) token.attrSet('href', `/${pageOf(`${file}/README.md`)}`);
          else if (existsSync(join(ROOT, file))) {
            linked.add(file);
            token.attrSet('href', `${base}source/${addressOf(file)}`);
            token.attrSet('target', '_self');
          }
        }
      });
    },
    copy: ({ outDir }) => {
      for (const file of linked) {
        if (!statSync(join(ROOT, file)).isDirectory()) copyText(file, outDir);
        else {
          const names = readdirSync(join(ROOT, file), { withFileTypes: true, recursive: true })
            .filter((entry) => entry.isFile())
            .map((entry) => posix.join(entry.parentPath.slice(ROOT.length), entry.name));
          for (const name of names) copyText(name, outDir);
          const items = names.map((name) => `<li><a href="${base}source/${addressOf(name)}">${name}</a></li>`);
          writeFileSync(
            join(outDir, 'source', file, 'index.html'),
            `<!doctype html><title>${file}</title><h1>${file}</h1><ul>${items.join('\n')}</ul>\n`,
          );
        }
      }
    },
  };
}

/** Browsers show text, and take sources for something else (a `.ts` file for a film). */
const addressOf = (file: string): string =>
  statSync(join(ROOT, file)).isDirectory() ? `${file}/` : /\.(svg|png|json|html|css)$/.test(file) ? file : `${file}.txt`;

function copyText(file: string, outDir: string): void {
  const to = join(outDir, 'source', addressOf(file));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(join(ROOT, file), to);
}
