import type { Overview, TimelineEntry } from '../../schemas/wire/overview.js'
import { findGaps, findOverlaps } from './periods.js'

/** An organisation that is something to the person, as a source says. */
export type Involved = Overview['involved'][number]

/** What of an overview follows from the lines. */
export type Merged = Pick<Overview, 'timeline' | 'gaps' | 'overlaps' | 'involved'>

/**
 * Puts lines of several sources in order and works out the days between and together. A line that a source says twice
 * stands once, with the name of its record when one of them has it. Who delivers gets a name as far as one is known.
 *
 * Every line covers its days, whether it is a right or care; lines of which the law is not known count for gaps and for
 * no overlap.
 */
export async function mergeTimeline({
  lines,
  involved,
  nameOf,
}: {
  readonly lines: readonly TimelineEntry[]
  readonly involved: readonly Involved[]
  readonly nameOf: (identifier: string) => Promise<string | undefined>
}): Promise<Merged> {
  const names = createNames(nameOf)
  const ordered = withoutRepeats(lines).sort(compareLines)
  const timeline = await Promise.all(
    ordered.map(async (line): Promise<TimelineEntry> => {
      if (line.aanbieder === undefined) return line
      const name = await names(`agb:${line.aanbieder.agb}`)
      return name === undefined ? line : { ...line, aanbieder: { ...line.aanbieder, name } }
    }),
  )
  const once = [...new Map(involved.map((each) => [`${each.as}\n${each.organization}`, each])).values()]
  const periods = timeline.map(({ van, tot, domein }) => ({ start: van, end: tot, group: domein }))
  const domeinen = [...new Set(timeline.map(({ domein }) => domein))]
  return {
    timeline,
    gaps: findGaps(periods).map(({ start, end, days }) => ({ van: start, tot: end, days })),
    overlaps: findOverlaps(periods.filter(({ group }) => group !== 'SD')).map(({ start, end, days, groups }) => ({
      van: start,
      tot: end,
      days,
      domeinen: domeinen.filter((domein) => groups.includes(domein)),
    })),
    involved: await Promise.all(
      once.map(async (each): Promise<Involved> => {
        const name = await names(each.organization)
        return name === undefined ? each : { ...each, name }
      }),
    ),
  }
}

function createNames(nameOf: (identifier: string) => Promise<string | undefined>) {
  const known = new Map<string, Promise<string | undefined>>()
  return (identifier: string): Promise<string | undefined> => {
    const found = known.get(identifier) ?? nameOf(identifier)
    known.set(identifier, found)
    return found
  }
}

function withoutRepeats(lines: readonly TimelineEntry[]): TimelineEntry[] {
  const kept = new Map<string, TimelineEntry>()
  const said = new Set<string>()
  const named = [...lines].sort((one, other) => Number(one.record === undefined) - Number(other.record === undefined))
  for (const line of named) {
    const { domein, soort, van, tot, bron, aanbieder, record } = line
    const same = JSON.stringify([domein, soort, van, tot, bron.organization, aanbieder?.agb ?? ''])
    // A line without a record comes after all that have one, and stands when none of those says it.
    if (record === undefined && said.has(same)) continue
    said.add(same)
    // Two records that look the same are two lines.
    const key = `${same} ${record ?? ''}`
    if (!kept.has(key)) kept.set(key, line)
  }
  return [...kept.values()]
}

function compareLines(one: TimelineEntry, other: TimelineEntry): number {
  const [a, b] = [one, other].map(({ van, domein, soort, tot, record = '' }) =>
    [van, domein, soort, tot ?? '9999', record].join('\n'),
  )
  return (a ?? '') < (b ?? '') ? -1 : 1
}
