import type { ReadOwn } from '../access/read-own.js'
import type { Party } from '../identity/party.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Bsn } from '../kernel/identifiers.js'
import type { Trace } from '../kernel/trace.js'
import type { AskedSource, OverviewRequest, TimelineEntry } from '../../schemas/wire/overview.js'
import type { AskPlace } from './ask-place.js'
import type { MeldingFault, MeldingRules } from './melding/rules.js'
import type { KnownRecord } from './known-records.js'
import type { Place } from './locate.js'
import type { OwnRole } from './own-roles.js'
import type { OverviewQuestion, RemoteOverviewQuestion } from './questions.js'
import { readAnswer, recordsAt, type Lead } from './read-answer.js'

export interface PerformTaskDeps {
  readonly clock: Clock
  readonly askPlace: AskPlace
  readonly readOwn: ReadOwn
  /** What is wrong with records that were read elsewhere. */
  readonly checkRecords: MeldingRules['check']
}

/** For whom, about whom and on what basis an overview is made. */
export interface Gathering {
  readonly party: Party
  readonly bsn: Bsn
  readonly request: OverviewRequest
  readonly roles: readonly OwnRole[]
  readonly trace: Trace
}

/** One question to one source, about the person or about one record. */
export interface Task {
  readonly question: OverviewQuestion
  readonly role: OwnRole
  readonly record: KnownRecord | undefined
  /** A source of the party itself by its name, or one of another. */
  readonly at: string | Place
}

/** What became of a task, with what it brought. */
export interface Performed {
  readonly asked: AskedSource
  readonly lines: readonly TimelineEntry[]
  readonly leads: readonly Lead[]
  /** What is wrong with what was read elsewhere. */
  readonly faults: readonly MeldingFault[]
}

/** Puts one question to one source and reads the answer. @throws what is a fault of this node itself */
export async function performTask(task: Task, about: Gathering, deps: PerformTaskDeps): Promise<Performed> {
  const { question, role, record, at } = task
  const { party, bsn, trace } = about
  const values = { 'person.bsn': bsn.reveal(), 'record.id': record?.id ?? '' } as const
  const variables = Object.fromEntries(
    Object.entries(question.variables).map(([name, value]) => [
      name,
      value === 'person.bsn' || value === 'record.id' ? values[value] : role.id,
    ]),
  )
  const own = `${role.id_type}:${role.id}`
  const bron =
    typeof at === 'string'
      ? { organization: own, name: role.name, register: question.register }
      : {
          organization: at.organization,
          ...(at.name === undefined ? {} : { name: at.name }),
          register: question.register,
        }
  const asked = { ...describeQuestion(question), bron }
  const answer =
    typeof at === 'string'
      ? await askOwn(question, at, variables, about, deps)
      : await deps.askPlace({
          party,
          role: about.roles.length > 1 ? role.role : undefined,
          place: at,
          scope: (question as RemoteOverviewQuestion).scope, // A place of another belongs to such a question.
          query: question.query,
          variables,
          trace,
        })
  if (answer.kind !== 'answered')
    return { asked: { ...asked, outcome: answer.kind, reasons: [...answer.reasons] }, lines: [], leads: [], faults: [] }
  const rule = answer.rule ?? (question.kind === 'remote' ? question.rule : 'OWN')
  const [kind, agb] = bron.organization.split(':')
  const read = readAnswer(answer.records, question, {
    bron,
    opgehaaldOp: answer.at,
    rule,
    agb: kind === 'agb' ? agb : undefined,
  })
  return {
    asked: { ...asked, outcome: 'answered', reasons: [], rule, entries: read.lines.length, opgehaaldOp: answer.at },
    lines: read.lines,
    leads: read.leads,
    faults: typeof at === 'string' ? [] : faultsIn(answer.records, question, deps),
  }
}

function faultsIn(
  records: readonly unknown[],
  { register, entries }: OverviewQuestion,
  { checkRecords }: PerformTaskDeps,
): readonly MeldingFault[] {
  return entries.flatMap(({ at, record }) =>
    record === undefined ? [] : checkRecords(register, record.type, recordsAt(records, at)),
  )
}

async function askOwn(
  question: OverviewQuestion,
  source: string,
  variables: Readonly<Record<string, string>>,
  { party, request, trace }: Gathering,
  { readOwn, clock }: PerformTaskDeps,
) {
  const purpose = question.purposes.find((each) => request.purposes.includes(each)) ?? ''
  try {
    const records = await readOwn({ party: party.subject, source, query: question.query, variables, purpose, trace })
    return { kind: 'answered', records, rule: 'OWN', at: new Date(clock.now()).toISOString() } as const
  } catch (cause) {
    // A register of one's own can be elsewhere, and down; that one part is missing must not hide the others.
    if (NodeError.codeOf(cause) !== 'source.unavailable') throw cause
    return { kind: 'unreachable', reasons: ['the own register does not answer'] } as const
  }
}

/** What an overview says of a question, whatever became of it. */
export function describeQuestion(question: OverviewQuestion): Omit<AskedSource, 'bron' | 'outcome' | 'reasons'> {
  const { id, title, purposes } = question
  return {
    question: id,
    title,
    purpose: purposes.join(' '),
    ...(question.kind === 'remote' ? { rule: question.rule, grondslag: groundOf(question) } : {}),
  }
}

function groundOf({ grondslag: { text, status } }: RemoteOverviewQuestion): string {
  return `${text} (${status})`
}
