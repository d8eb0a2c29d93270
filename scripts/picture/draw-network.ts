import type { NetworkFacts, PictureParty, PictureRead } from './network-facts.js'

const width = 960
const margin = 40
const party = { width: 280, height: 62, gap: 20 }
const top = 44
const columnTop = 196
const ink = '#1b2733'
const colour = {
  line: '#8a97a5',
  party: '#f3f6f9',
  source: '#e6f0fa',
  issuer: '#fdf3dc',
  good: '#1a6b3c',
  bad: '#a3251f',
}

/** Draws a network as SVG: who issues memberships, who asked whom and what became of it, and who else is there. */
export function drawNetwork({ issuer, parties, bronhouder, reads }: NetworkFacts): string {
  const source = parties.find(({ name }) => name === bronhouder)
  const asking = reads.flatMap((read) => {
    const found = parties.find(({ name }) => name === read.requester)
    return found === undefined ? [] : [{ read, found }]
  })
  const others = parties.filter((one) => one !== source && !asking.some(({ found }) => found === one))
  if (source === undefined) throw new Error('the bronhouder is not listed')
  const columnHeight = asking.length * (party.height + party.gap) - party.gap
  const othersTop = columnTop + columnHeight + 74
  const rows = Math.ceil(others.length / 3)
  const height = othersTop + rows * (party.height + party.gap) + 16
  const sourceLeft = width - margin - party.width
  const body = [
    text(margin, 28, 'Asked in the network of the demonstration: who was let in at the source, and who was not', {
      size: 16,
      bold: true,
    }),
    ...issuing(issuer, columnTop),
    ...asking.flatMap(({ read, found }, index) => {
      const y = columnTop + index * (party.height + party.gap)
      return [box(margin, y, found, colour.party), ...arrows(read, y, sourceLeft)]
    }),
    ...sourceBox(source, sourceLeft, columnHeight),
    text(margin, othersTop - 14, 'In the same network, each with a node of its own:', { size: 14 }),
    ...others.map((other, index) =>
      box(
        margin + (index % 3) * (party.width + party.gap),
        othersTop + Math.floor(index / 3) * (party.height + party.gap),
        other,
        colour.party,
      ),
    ),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-labelledby="t d" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif">`,
    '<title id="t">The network of the demonstration</title>',
    `<desc id="d">${escape(inWords(issuer, source, reads, others))}</desc>`,
    `<defs>${arrowHead('good', colour.good)}${arrowHead('bad', colour.bad)}</defs>`,
    `<rect width="${String(width)}" height="${String(height)}" fill="#ffffff"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

/** The same for who does not see it. */
function inWords(
  issuer: PictureParty,
  source: PictureParty,
  reads: readonly PictureRead[],
  others: readonly PictureParty[],
): string {
  const asked = reads.map(
    ({ requester, permitted, refused }) =>
      `${requester} was ${[...permitted.map((rule) => `let in by rule ${rule}`), ...(refused ? ['refused what no rule allows'] : [])].join(' and ')}`,
  )
  return [
    `${issuer.name} issues memberships and hosts the list.`,
    `At ${source.name}, which serves the ${source.serves.join(', ')}: ${asked.join('; ')}.`,
    `Also in the network: ${others.map(({ name }) => name).join(', ')}.`,
  ].join(' ')
}

function issuing(issuer: PictureParty, below: number): readonly string[] {
  const boxWidth = 480
  const left = (width - boxWidth) / 2
  const bottom = top + party.height
  return [
    ...[margin + party.width / 2, width - margin - party.width / 2].map((x) =>
      line(
        `M ${String(x)} ${String(below - 8)} V ${String(bottom + 34)} H ${String(width / 2)} V ${String(bottom)}`,
        colour.line,
        '2 5',
      ),
    ),
    rectangle(left, top, boxWidth, party.height, colour.issuer),
    text(left + 16, top + 26, issuer.name, { size: 15, bold: true }),
    text(left + 16, top + 47, 'issues memberships; hosts the list by which all find each other', { size: 13 }),
  ]
}

function box(x: number, y: number, { name, role, serves }: PictureParty, fill: string): string {
  const second = serves.length === 0 ? role : `${role}; serves ${serves.join(', ')}`
  return [
    rectangle(x, y, party.width, party.height, fill),
    text(x + 14, y + 26, name, { size: 13, bold: true }),
    text(x + 14, y + 46, second, { size: 12 }),
  ].join('\n')
}

function sourceBox({ name, serves }: PictureParty, x: number, height: number): readonly string[] {
  return [
    rectangle(x, columnTop, party.width, height, colour.source),
    text(x + 16, columnTop + 28, name, { size: 17, bold: true }),
    text(x + 16, columnTop + 54, `serves the ${serves.join(', ')}`, { size: 14 }),
    ...[
      'The data stay here.',
      'A rule decides each read;',
      'the journal accounts for it',
      'before the answer leaves.',
    ].map((words, index) => text(x + 16, columnTop + 92 + index * 21, words, { size: 13 })),
  ]
}

function arrows({ permitted, refused }: PictureRead, y: number, sourceLeft: number): readonly string[] {
  const from = margin + party.width + 8
  const to = sourceLeft - 8
  const middle = (from + to) / 2
  return [
    ...permitted
      .slice(0, 1)
      .flatMap((rule) => [
        line(`M ${String(from)} ${String(y + 22)} H ${String(to)}`, colour.good, undefined, 'good'),
        text(middle, y + 15, `let in by ${rule}`, { size: 12, fill: colour.good, centred: true }),
      ]),
    ...(refused
      ? [
          line(`M ${String(from)} ${String(y + 46)} H ${String(to - 26)}`, colour.bad, '7 5', 'bad'),
          text(middle, y + 61, 'refused what no rule allows', { size: 12, fill: colour.bad, centred: true }),
        ]
      : []),
  ]
}

function rectangle(x: number, y: number, boxWidth: number, height: number, fill: string): string {
  return `<rect x="${String(x)}" y="${String(y)}" width="${String(boxWidth)}" height="${String(height)}" rx="8" fill="${fill}" stroke="${colour.line}"/>`
}

function line(path: string, stroke: string, dashes?: string, head?: string): string {
  const dashed = dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`
  const end = head === undefined ? '' : ` marker-end="url(#${head})"`
  return `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="2"${dashed}${end}/>`
}

function arrowHead(id: string, fill: string): string {
  return `<marker id="${id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M 0 0 L 10 5 L 0 10 z" fill="${fill}"/></marker>`
}

function text(
  x: number,
  y: number,
  words: string,
  {
    size,
    bold,
    fill = ink,
    centred,
  }: { readonly size: number; readonly bold?: true; readonly fill?: string; readonly centred?: true },
): string {
  const weight = bold === true ? ' font-weight="600"' : ''
  const anchor = centred === true ? ' text-anchor="middle"' : ''
  return `<text x="${String(x)}" y="${String(y)}" font-size="${String(size)}" fill="${fill}"${weight}${anchor}>${escape(words)}</text>`
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
