/** Elements of the page, made without markup: text from outside stays text. */

type Attributes = Readonly<Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>>;
type Child = Node | string | null | undefined | false;

/**
 * An element with attributes, listeners (`onclick`, with a function) and children. An attribute that is `true` is there
 * without a value; one that is `false`, `null` or undefined is not there; children that are nothing are left out.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Child | readonly Child[])[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(
    ...children.flat().filter((child): child is Node | string => child instanceof Node || typeof child === "string"),
  );
  return element;
}

/** Sets the attribute of that name, or takes it away: `null`. */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

let lastId = 0;

/** An id that no other element of the page has. */
export function newId(prefix: string): string {
  lastId++;
  return `${prefix}-${lastId}`;
}
