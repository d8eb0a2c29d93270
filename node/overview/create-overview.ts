import { isServed } from '../access/served-register.js'
import type { ServedSources } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import type { AuditEvent } from '../audit/event.js'
import { personPseudonym } from '../audit/person.js'
import type { Wallet } from '../credentials/wallet.js'
import type { Party } from '../identity/party.js'
import { NodeError } from '../kernel/errors.js'
import { containsBsnShaped, parseBsn, type Bsn } from '../kernel/identifiers.js'
import type { Trace } from '../kernel/trace.js'
import type { AskedSource, Overview, OverviewRequest, TimelineEntry } from '../../schemas/wire/overview.js'
import { createKnownRecords, type KnownRecord } from './known-records.js'
import type { Locate, Place } from './locate.js'
import type { FoundFault, TellFaults } from './melding/tell-faults.js'
import { mergeTimeline, type Involved } from './merge-timeline.js'
import { findOwnRoles, type OwnRole } from './own-roles.js'
import { describeQuestion, performTask, type Gathering, type PerformTaskDeps, type Task } from './perform-task.js'
import { groundLacking, type OverviewQuestion } from './questions.js'

/** Makes the overview of one person for a party of this node. */
export type CreateOverview = (asked: {
  readonly party: Party
  readonly request: OverviewRequest
  readonly trace: Trace
}) => Promise<Overview>

export interface CreateOverviewDeps extends PerformTaskDeps {
  readonly audit: Audit
  readonly wallet: Pick<Wallet, 'list'>
  readonly servedSources: Pick<ServedSources, 'find' | 'namesOf'>
  readonly questions: readonly OverviewQuestion[]
  readonly locate: Locate
  /** The name of an organisation, as credentials of others say. */
  readonly nameOf: (identifier: string) => Promise<string | undefined>
  /** Tells bronhouders what is wrong with their records. */
  readonly tellFaults: TellFaults
  /** Whether rules count that wait for a change of law. */
  readonly sandbox: boolean
}

/** What one answer names is asked next; nothing that is published has a longer chain. */
const maxRounds = 4
const atOnce = 8
const maxTasks = 200

/**
 * Makes a person's overview: asks the own registers and every located source that a published rule lets this party ask,
 * side by side, each under that rule, and puts what comes back on one timeline. Nothing that comes back is kept.
 *
 * Only for who has a basis of its own: the doelen, the own case and who asks are in the journal before anything is asked.
 * Nobody is told about the person who is not the one holder of a register, named by who asks, or named by a source that
 * answered. What is refused, unreachable or not asked is in the answer with the reason, so a part never looks like the
 * whole.
 * @throws `identifier.malformed`, `request.bad_body`, `audit.unavailable`
 */
export function createOverview(deps: CreateOverviewDeps): CreateOverview {
  return async ({ party, request, trace }) => {
    const bsn = parseBsn(request.bsn)
    for (const name of ['basis', 'by'] as const)
      if (containsBsnShaped(request[name]))
        throw new NodeError('request.bad_body', { notes: [`${name}: holds a number that could be of a person`] })
    const roles = await findOwnRoles(deps.wallet, party)
    const about = describe(party, bsn, request, trace, deps.audit)
    const decision = await deps.audit.record({ ...about, outcome: 'success', phase: 'intent' })
    const outcome = { ...about, phase: 'outcome', decision } as const
    try {
      const overview = await gather({ party, bsn, request, roles, trace }, deps)
      const asked = overview.sources.filter(({ outcome: each }) => each !== 'not-asked')
      const object = { ...about.object, recordCount: overview.timeline.length, operation: `asked ${asked.length}` }
      await deps.audit.record({ ...outcome, object, outcome: 'success' })
      return overview
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'audit.unavailable')
        await deps.audit.record({ ...outcome, outcome: 'failed', error: NodeError.codeOf(cause) })
      throw cause
    }
  }
}

function describe(
  party: Party,
  bsn: Bsn,
  { purposes, basis, by }: OverviewRequest,
  trace: Trace,
  audit: Audit,
): Omit<AuditEvent, 'outcome'> {
  return {
    code: 'overview.asked',
    action: 'read',
    party: party.subject,
    actor: { did: party.did, user: { id: by } },
    persons: [personPseudonym(audit, bsn.reveal())],
    purpose: purposes.join(' '),
    object: { selection: { basis } },
    trace,
  }
}

async function gather(about: Gathering, deps: CreateOverviewDeps): Promise<Overview> {
  const { request, roles, trace } = about
  const questions = questionsFor(about, deps.questions)
  const records = createKnownRecords(request.records)
  const organizations = new Set<string>(request.organizations)
  const done = new Map<string, AskedSource>()
  const lines: TimelineEntry[] = []
  const involved: Involved[] = []
  const faults: FoundFault[] = []
  const missing = new Map<string, Set<string>>()

  for (let round = 0; round <= maxRounds; round += 1) {
    const tasks: Task[] = []
    for (const { question, role } of questions) {
      const found = await findPlaces(question, [...organizations], about, deps)
      missing.set(question.id, new Set(found.missing))
      const subjects = question.about === 'person' ? [undefined] : records.ofType(question.about)
      for (const record of subjects)
        for (const at of found.places.filter((place) => mayHold(place, record))) {
          const task = { question, role, record, at }
          if (done.has(keyOf(task))) continue
          if (round < maxRounds && done.size + tasks.length < maxTasks) tasks.push(task)
          else missing.get(question.id)?.add('there is more to ask than one overview asks')
        }
    }
    if (tasks.length === 0) break
    await eachOf(tasks, async (task) => {
      const { asked, lines: found, leads, faults: wrong } = await performTask(task, about, deps)
      done.set(keyOf(task), asked)
      lines.push(...found)
      const holder = asked.bron.organization ?? ''
      faults.push(...wrong.map((fault) => ({ ...fault, holder })))
      for (const lead of leads) {
        if (lead.record !== undefined)
          records.add({ ...lead.record, holder: lead.as === undefined ? lead.organization : undefined })
        if (lead.organization === undefined) continue
        organizations.add(lead.organization)
        if (lead.as !== undefined && asked.bron.organization !== undefined)
          involved.push({
            as: lead.as,
            organization: lead.organization,
            bron: { ...asked.bron, organization: asked.bron.organization },
          })
      }
    })
  }

  const asked = [...done.values()]
  const silent = questions.flatMap(({ question }) => notAsked(question, asked, missing.get(question.id) ?? new Set()))
  const sources = [...asked, ...silent]
  const merged = await mergeTimeline({ lines, involved, nameOf: deps.nameOf })
  return {
    at: new Date(deps.clock.now()).toISOString(),
    traceId: trace.traceId,
    complete: roles.length > 0 && sources.every(({ outcome }) => outcome === 'answered'),
    ...merged,
    faults: await deps.tellFaults({ party: about.party.subject, faults, by: request.by, trace }),
    sources,
  }
}

/** The questions that this party can ask for these purposes, each in the first role that has it. */
function questionsFor({ roles, request }: Gathering, questions: readonly OverviewQuestion[]) {
  return questions.flatMap((question) => {
    const role = roles.find((each) => question.roles.includes(each.role) && hasOwn(question, each))
    const isFor = question.purposes.some((purpose) => request.purposes.includes(purpose))
    return role === undefined || !isFor ? [] : [{ question, role }]
  })
}

/** A question that names an identifier of the asking party can only be asked by who has one of that kind. */
function hasOwn({ variables }: OverviewQuestion, { id_type: kind }: OwnRole): boolean {
  return Object.values(variables).every((value) => !value.startsWith('own.') || value === `own.${kind}`)
}

/** Nobody is asked about a record that goes with another. */
function mayHold(at: string | Place, record: KnownRecord | undefined): boolean {
  return (
    typeof at === 'string' ||
    record?.holder === undefined ||
    !record.holder.startsWith('agb:') ||
    !at.organization.startsWith('agb:') ||
    at.organization === record.holder
  )
}

async function findPlaces(
  question: OverviewQuestion,
  organizations: readonly string[],
  { party }: Gathering,
  { servedSources, locate, sandbox, clock }: CreateOverviewDeps,
): Promise<{ readonly places: readonly (string | Place)[]; readonly missing: readonly string[] }> {
  if (question.kind === 'remote') {
    const lacking = groundLacking(question, { sandbox, now: clock.now() })
    return lacking === undefined ? locate(question, organizations) : { places: [], missing: [lacking] }
  }
  const names = servedSources.namesOf(party.subject).filter((name) => {
    const served = servedSources.find(party.subject, name)
    return served !== undefined && isServed(served, question.register)
  })
  return { places: names, missing: names.length === 0 ? ['the party keeps no such register'] : [] }
}

/** What of a question nobody was asked: all of it, or those who could not be found. */
function notAsked(
  question: OverviewQuestion,
  asked: readonly AskedSource[],
  missing: ReadonlySet<string>,
): readonly AskedSource[] {
  const wasAsked = asked.some((each) => each.question === question.id)
  if (wasAsked && missing.size === 0) return []
  const reasons = [...missing]
  if (!wasAsked && question.about !== 'person' && missing.size === 0)
    reasons.push(`no record of this kind (${question.about}) is known about the person`)
  if (reasons.length === 0) return []
  return [{ ...describeQuestion(question), bron: { register: question.register }, outcome: 'not-asked', reasons }]
}

function keyOf({ question, record, at }: Task): string {
  return JSON.stringify([question.id, record?.id.toLowerCase() ?? '', typeof at === 'string' ? at : at.url])
}

/** Some side by side. After a failure nothing more is begun, and it is told when what was begun has ended. */
async function eachOf(tasks: readonly Task[], work: (task: Task) => Promise<void>): Promise<void> {
  const waiting = [...tasks]
  const faults: unknown[] = []
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift())
      await work(task).catch((cause: unknown) => {
        faults.push(cause)
        waiting.length = 0
      })
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, worker))
  if (faults.length > 0) throw faults[0]
}
