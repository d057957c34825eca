/**
 * Elements without a single string of HTML: what people wrote becomes text nodes and nothing else, wherever it stands.
 */
type Child = Node | string | null | undefined | false;
type Listeners = { [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
type Attributes = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

/** Makes an element. `true` is an attribute without a value; `false` and `undefined` are none; functions listen. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes & Listeners = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value as unknown as EventListener);
    else attribute(element, key, value);
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

/** Sets an attribute, or takes it away. */
export function attribute(element: Element, name: string, value: string | number | boolean | undefined): void {
  if (value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

/** Writes text only where it changes: a live region speaks at each change. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Puts these children into their order, and moves only what must be moved. */
export function arrange(parent: Element, children: readonly Element[]): void {
  let place = parent.firstChild;
  for (const child of children) {
    if (child === place) place = place.nextSibling;
    else parent.insertBefore(child, place);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}
