import type { Audit } from '../audit/audit.js'
import type { AuditEvent, AuditObject } from '../audit/event.js'
import { personPseudonym } from '../audit/person.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { copyWith } from '../kernel/copy-with.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import type { Decide } from '../policy/decide.js'
import type { Decision, EstablishedFact } from '../policy/decision.js'
import { Permit } from '../policy/permit.js'
import type { Profiles } from '../policy/profiles.js'
import type { AccessQuestion } from '../policy/question.js'
import type { Answer, DataSource, SourceRequest } from '../sources/data-source.js'
import { outcomeOf, reasonsOf } from '../tokens/account.js'
import { actorsOf } from '../tokens/actors.js'
import { countingScopes } from '../tokens/counting-scopes.js'
import { TokenGrant } from '../tokens/token-store.js'
import { describeComparisons, listComparisons, type Comparison } from './comparisons.js'
import { questionsFor } from './questions.js'

export interface ServeReadDeps {
  readonly audit: Audit
  readonly clock: Clock
  readonly decide: Decide
  readonly profilesOf: (party: string) => Profiles
}

/** One read, with everything that was established about it. */
export interface ReadRequest {
  /** The party whose source it is. */
  readonly party: string
  readonly source: DataSource
  readonly request: SourceRequest
  readonly grant: TokenGrant
  readonly trace: Trace
}

/** What the answer says about itself. */
export interface ReadResult {
  readonly answer: Answer
  /** The rule that gave leave. */
  readonly rule: string
  /** When it was read at the source. */
  readonly time: Instant
}

/**
 * Serves one read at the source, or refuses it.
 *
 * Nothing is read before the decision is in the journal; nothing leaves before the outcome is. When the journal cannot
 * be written, the read is refused.
 *
 * @throws `access.denied` with the rule and its reasons, `token.invalid` for what is no grant of the party,
 *   `policy.unavailable`, `source.unavailable`, `audit.unavailable`
 * @see iWlz RFC0052 section 6.9: one result per evaluation, all true
 */
export function createServeRead({
  audit,
  clock,
  decide,
  profilesOf,
}: ServeReadDeps): (read: ReadRequest) => Promise<ReadResult> {
  /** Without a decision nothing is read, but that somebody asked is accounted for. */
  async function decideOrAccount(
    read: ReadRequest,
    asked: Asked,
    questions: readonly AccessQuestion[],
  ): Promise<readonly Decision[]> {
    try {
      return await decide(questions)
    } catch (cause) {
      await audit.record({ ...describe(read, asked, [], audit), ...failedPart(cause) })
      throw cause
    }
  }

  return async (read) => {
    const { party, source, request, grant } = read
    if (!TokenGrant.is(grant) || grant.record.party !== party)
      throw new NodeError('token.invalid', { detail: 'not a grant of this party' })
    const scopes = countingScopes(grant.record, profilesOf(party))
    const questions = questionsFor({ party, request, grant, scopes, now: clock.now(), trace: read.trace })
    const asked = readAsked(request)
    const decisions = await decideOrAccount(read, asked, questions)
    const about = describe(read, asked, decisions, audit)
    const decision = await audit.record(copyWith(about, decidedPart(questions, decisions)))

    const permit = Permit.from(questions, decisions)
    try {
      const answer = await source.read(permit, request)
      const { recordCount, persons, narrowed } = answer
      const withheld = narrowed === undefined || narrowed.paths.length === 0 ? {} : { withheld: narrowed.paths }
      await audit.record(
        copyWith(about, {
          code: 'read.answered',
          outcome: 'success',
          phase: 'outcome',
          ...personsPart(audit, [...asked.persons, ...persons]),
          object: copyWith(about.object, { recordCount, ...withheld }),
          decision,
        } as const),
      )
      return { answer, rule: permit.rules.join(' '), time: clock.now() }
    } catch (cause) {
      // An outcome that cannot be recorded is the failure that the caller must hear of.
      if (NodeError.codeOf(cause) !== 'audit.unavailable') {
        await audit.record({ ...about, ...failedPart(cause), phase: 'outcome', decision })
      }
      throw cause
    }
  }
}

/**
 * Accounts for a read that ended before there was anything to decide: refused, as a bad question or a token without a scope
 * for the source, or failed, as where the source must say whose a record is and does not answer.
 * @throws `audit.unavailable`
 */
export async function recordUndecidedRead(
  audit: Audit,
  refused: {
    readonly party: string
    readonly source: string
    readonly grant: TokenGrant | undefined
    readonly trace: Trace
    readonly cause: unknown
  },
): Promise<void> {
  const { party, source, grant, trace, cause } = refused
  const ended = outcomeOf(cause)
  await audit.record({
    ...ended,
    ...reasonsOf(cause),
    code: ended.outcome === 'failed' ? 'read.failed' : 'read.refused',
    action: 'read',
    party,
    ...(grant === undefined ? {} : actorsOf(grant.record)),
    object: { source },
    trace,
  })
}

function failedPart(cause: unknown): Pick<AuditEvent, 'code' | 'outcome' | 'error'> {
  return { code: 'read.failed', outcome: 'failed', error: NodeError.codeOf(cause) }
}

/** Says `success` exactly when a `Permit` can be made of the decisions. */
function decidedPart(
  questions: readonly AccessQuestion[],
  decisions: readonly Decision[],
): Pick<AuditEvent, 'code' | 'outcome' | 'phase' | 'reasons' | 'facts' | 'checks' | 'consent'> {
  const permitted =
    questions.length > 0 && questions.length === decisions.length && decisions.every((decision) => decision.permitted)
  const reasons = decisions.flatMap((decision) => decision.reasons)
  const facts = decisions.flatMap((decision) => decision.facts ?? []).map(describeFact)
  const consents = decisions.flatMap(({ consent }) => consent ?? [])
  const statements = consents.flatMap(({ statement }) => statement ?? [])
  return {
    code: 'read.decided',
    outcome: permitted ? 'success' : 'refused',
    // A refusal is also how the read ended; leave to read is not.
    phase: permitted ? 'intent' : 'outcome',
    checks: {
      authorization: permitted,
      ...(consents.length === 0 ? {} : { consent: consents.every(({ given }) => given) }),
    },
    ...(statements.length === 0 ? {} : { consent: statements }),
    ...(reasons.length === 0 ? {} : { reasons }),
    ...(facts.length === 0 ? {} : { facts }),
  }
}

function describeFact({ name, outcome, source }: EstablishedFact): string {
  return `${name}: ${outcome}${source === undefined || source === '' ? '' : ` (${source.slice(0, 1000)})`}`
}

/** What decision and outcome both say: who, what, under which rule. Values of filters become keyed pseudonyms. */
function describe(
  { party, request, grant, trace }: ReadRequest,
  { comparisons, persons }: Asked,
  decisions: readonly Decision[],
  audit: Audit,
): AuditEvent & { readonly object: AuditObject } {
  const { scope, evidence } = grant.record
  const [first] = decisions
  const filters: Record<string, string> = {}
  for (const { path, value } of request.filters) filters[path] = audit.pseudonym(path, value)
  const compared = describeComparisons(request, comparisons)
  return {
    code: 'read.decided',
    action: 'read',
    outcome: 'refused',
    party,
    ...actorsOf(grant.record),
    ...personsPart(audit, persons),
    object: {
      source: request.source,
      operation: request.operation,
      template: request.template,
      filters,
      ...(compared.length === 0 ? {} : { compared }),
      fields: request.fields,
      scope,
    },
    ...(first === undefined ? {} : { rule: decisions.map((decision) => decision.rule).join(' ') }),
    ...(first?.purpose === undefined ? {} : { purpose: first.purpose }),
    ...(first?.grondslag === undefined ? {} : { grondslag: first.grondslag }),
    evidence,
    trace,
  }
}

/** What a question compares, read once for both events. */
interface Asked {
  readonly comparisons: readonly Comparison[]
  /** The numbers of the persons that it names, in whatever comparison. */
  readonly persons: readonly string[]
}

function readAsked(request: SourceRequest): Asked {
  const comparisons = listComparisons(request)
  const persons = comparisons
    .filter(({ path }) => /(^|\.)bsn$/i.test(path))
    .flatMap(({ value }): readonly unknown[] => (Array.isArray(value) ? value : [value]))
    .filter((value) => typeof value === 'string')
  return { comparisons, persons }
}

/** Pseudonyms, each person once. */
function personsPart(audit: Audit, numbers: readonly string[]): Pick<AuditEvent, 'persons'> {
  const persons = Array.from(new Set(numbers), (number) => personPseudonym(audit, number))
  return persons.length === 0 ? {} : { persons }
}
