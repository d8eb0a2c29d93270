import { readDay, type Day } from '../policy/day.js'
import type { EntryData, LeadData } from '../../schemas/overview/question.js'
import type { TimelineEntry } from '../../schemas/wire/overview.js'
import { lastDay } from './periods.js'
import type { OverviewQuestion } from './questions.js'

/** A record elsewhere, by its name. */
export interface RecordName {
  readonly type: string
  readonly id: string
}

/** Where else to look, as an answer says. */
export interface Lead {
  readonly record?: RecordName
  /** Identifier with its kind. */
  readonly organization?: string
  /** What that organisation is to the person. */
  readonly as?: string
}

/** Whose answer it is. */
export interface Answering {
  readonly bron: TimelineEntry['bron']
  readonly opgehaaldOp: string
  readonly rule: string
  /** The AGB code of who was asked, when it delivers itself. */
  readonly agb: string | undefined
}

type Fields = Readonly<Record<string, unknown>>

const maxLines = 500

/**
 * The lines of a timeline and the leads in the records of an answer. A record without a first day gives no line: a line
 * that cannot be placed would say nothing. At most 500 lines are read of one answer.
 */
export function readAnswer(
  records: readonly unknown[],
  { entries, leads }: Pick<OverviewQuestion, 'entries' | 'leads'>,
  answering: Answering,
): { readonly lines: readonly TimelineEntry[]; readonly leads: readonly Lead[] } {
  const lines = entries.flatMap((entry) =>
    recordsAt(records, entry.at).flatMap((record) => lineOf(record, entry, answering)),
  )
  const found = leads.flatMap((lead) => recordsAt(records, lead.at).flatMap((record) => leadOf(record, lead)))
  return { lines: lines.slice(0, maxLines), leads: found.slice(0, maxLines) }
}

/** The objects at a place, through every list on the way. */
export function recordsAt(records: readonly unknown[], path: string): readonly Fields[] {
  let found: readonly unknown[] = records
  for (const step of path === '' ? [] : path.split('.'))
    found = found.flatMap((record) => (isFields(record) ? [record[step]].flat() : []))
  return found.filter(isFields)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function lineOf(record: Fields, entry: EntryData, answering: Answering): readonly TimelineEntry[] {
  const { bron, opgehaaldOp, rule, agb } = answering
  const van = readDay(record[entry.van])
  if (van === undefined) return []
  const aanbieder = entry.holderDelivers === true ? agb : textOf(record, entry.aanbieder)
  const details = entry.details.flatMap((name): readonly (readonly [string, string])[] => {
    const value = textOf(record, name)
    return value === undefined ? [] : [[name, value]]
  })
  const id = entry.record && textOf(record, entry.record.id)
  return [
    {
      domein: entry.domein,
      soort: entry.soort,
      ...(aanbieder === undefined ? {} : { aanbieder: { agb: aanbieder } }),
      van,
      tot: lastDay(dayAt(record, entry.tot), dayAt(record, entry.before)),
      ...(details.length === 0 ? {} : { details: Object.fromEntries(details) }),
      ...(entry.record === undefined || id === undefined ? {} : { record: `${entry.record.type}/${id}` }),
      bron,
      opgehaaldOp,
      rule,
    },
  ]
}

function leadOf(record: Fields, { record: named, organization, as }: LeadData): readonly Lead[] {
  const id = named && textOf(record, named.id)
  const holder = organization && textOf(record, organization.id)
  if (id === undefined && holder === undefined) return []
  return [
    {
      ...(named === undefined || id === undefined ? {} : { record: { type: named.type, id } }),
      ...(organization === undefined || holder === undefined ? {} : { organization: `${organization.kind}:${holder}` }),
      ...(as === undefined || holder === undefined ? {} : { as }),
    },
  ]
}

function textOf(record: Fields, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : record[name]
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined
}

function dayAt(record: Fields, name: string | undefined): Day | null {
  return (name === undefined ? undefined : readDay(record[name])) ?? null
}
