import { OWN_COLOUR, isColour, readableOn } from '../colour';
import css from './button.css';

const NAMES: Record<string, string> = {
  en: 'Online help',
  de: 'Online-Hilfe',
  fr: 'Aide en ligne',
  es: 'Ayuda en línea',
};
const SVG = 'http://www.w3.org/2000/svg';
const BUBBLE = 'M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-8l-5 4v-4H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z';

export type Button = ReturnType<typeof makeButton>;

/**
 * The button, and the place of the window. Both live in a shadow tree with a constructed style sheet: a page's strict
 * Content-Security-Policy forbids inline styles, but not these.
 */
export function makeButton(locale: string, wishes: DOMStringMap, pressed: () => void) {
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const button = document.createElement('button');
  const label = document.createElement('span');
  const badge = document.createElement('b');
  let frame: HTMLIFrameElement | undefined;

  const name = (tag: string) => {
    label.textContent = wishes['label'] || NAMES[tag.slice(0, 2).toLowerCase()] || NAMES['en']!;
  };
  /** The site's own colour. */
  const paint = (wanted: string | undefined) => {
    const colour = isColour(wanted) ? wanted : OWN_COLOUR;
    host.style.setProperty('--colour', colour);
    host.style.setProperty('--on', readableOn(colour));
  };
  const show = (shown: boolean) => {
    button.setAttribute('aria-expanded', `${shown}`);
    frame?.classList.toggle('shown', shown);
    if (shown) frame?.focus();
  };

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  host.className = wishes['side'] ?? '';
  button.hidden = wishes['button'] === 'none';
  button.append(bubble(), label, badge);
  button.onclick = pressed;
  name(locale);
  paint(wishes['colour']);
  show(false);
  root.append(button);
  document.body.append(host);

  return {
    name,
    paint,
    show,
    focus: () => button.focus(),
    /** How many lines are unread. */
    count: (unread: number) => (badge.textContent = unread > 99 ? '99+' : unread ? `${unread}` : ''),
    /** Makes the iframe. */
    frame(address: string, greet: () => void): HTMLIFrameElement {
      frame = document.createElement('iframe');
      frame.src = address;
      frame.title = label.textContent!;
      frame.onload = greet;
      root.prepend(frame);
      return frame;
    },
  };
}

function bubble(): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  const shape = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  shape.setAttribute('d', BUBBLE);
  svg.append(shape);
  return svg;
}
