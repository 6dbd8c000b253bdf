/** Where the page of a Markdown file of the repository is: `docs/x.md` at `/x`, a README at its folder. */
export const pageOf = (file: string): string => file.replace(/^docs\//, '').replace(/README\.md$/, 'index.md');
