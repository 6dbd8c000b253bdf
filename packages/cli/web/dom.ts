/** An element with properties and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A part of the page with a heading that names it. */
export function panel(heading: string, ...children: readonly (Node | string)[]): HTMLElement {
  const id = `heading-${heading.toLowerCase().replaceAll(/\W+/g, '-')}`;
  const section = element('section', {}, element('h2', { id, textContent: heading }), ...children);
  section.setAttribute('aria-labelledby', id);
  return section;
}

/** A line that is read out when it changes. */
export function status(): HTMLElement {
  const line = element('p', { className: 'muted' });
  line.setAttribute('role', 'status');
  return line;
}
