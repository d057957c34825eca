/** Drawings, 24 by 24. */
const SVG = 'http://www.w3.org/2000/svg';

const PATHS = {
  hide: 'M5 9l7 7 7-7',
  save: 'M12 4v11m0 0l-4.5-4.5M12 15l4.5-4.5M5 20h14',
  send: 'M4 12l16-8-6 16-3-7z',
  bell: 'M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4',
  good: 'M7 11v9H4v-9zM7 12l4-8c2 0 2.5 1.5 2 3l-.7 3H18a2 2 0 0 1 2 2.3l-1 6a2 2 0 0 1-2 1.7H7',
  bad: 'M17 13V4h3v9zM17 12l-4 8c-2 0-2.500-1.500-2-3l.7-3H6a2 2 0 0 1-2-2.300l1-6A2 2 0 0 1 7 4h10',
  down: 'M12 5v14m0 0l-6-6m6 6l6-6',
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
