import { readFileSync } from 'node:fs'
import { NodeError } from '../kernel/errors.js'
import { packageFile } from '../kernel/package-root.js'
import { dayOf } from '../policy/day.js'
import { readPacks } from '../policy/pack.js'
import type { Instant } from '../kernel/clock.js'
import type { PackData } from '../../schemas/pack.js'
import { overviewQuestionsSchema, type OverviewQuestionData } from '../../schemas/overview/question.js'

type OwnData = Extract<OverviewQuestionData, { kind: 'own' }>
type RemoteData = Extract<OverviewQuestionData, { kind: 'remote' }>

/** A question to a register of the asking party itself. */
export interface OwnOverviewQuestion extends Omit<OwnData, 'role' | 'purpose'> {
  /** Roles of who asks it. */
  readonly roles: readonly string[]
  readonly purposes: readonly string[]
}

/** A question to a source of another, with what the published rule for it says. */
export interface RemoteOverviewQuestion extends RemoteData {
  readonly roles: readonly string[]
  readonly purposes: readonly string[]
  /** Schema of the register. */
  readonly register: string
  /** The information model that catalogues name for it; absent when the pack names none. */
  readonly model: string | undefined
  readonly scope: string
  readonly grondslag: {
    readonly text: string
    readonly status: string
    readonly from: string
    readonly until?: string | undefined
  }
}

export type OverviewQuestion = OwnOverviewQuestion | RemoteOverviewQuestion

/**
 * The questions that overviews are made of. Who may ask, for what and under which scope is said by the rules of the
 * packs that are shipped, because those are what others are expected to apply; the source decides.
 *
 * @throws `policy.pack_invalid` when a question names a rule that is not there, or asks all of many about a person
 */
export async function loadOverviewQuestions(): Promise<readonly OverviewQuestion[]> {
  const packs = await readPacks(packageFile('policies'))
  const text = readFileSync(packageFile('schemas', 'overview', 'questions.json'), 'utf8')
  const { questions } = overviewQuestionsSchema.parse(JSON.parse(text))
  return questions.map((question) => (question.kind === 'own' ? ownOf(question) : remoteOf(question, packs)))
}

function ownOf({ role, purpose, ...question }: OwnData): OwnOverviewQuestion {
  return { ...question, roles: role, purposes: purpose }
}

function remoteOf(question: RemoteData, packs: ReadonlyMap<string, PackData>): RemoteOverviewQuestion {
  const pack = packs.get(question.pack)
  const rule = pack?.rules.find(({ id }) => id === question.rule)
  if (pack === undefined || rule === undefined) throw invalid(question, 'its rule is not there')
  if (question.ask === 'all' && Object.values(question.variables).includes('person.bsn'))
    throw invalid(question, 'whoever might hold something is not told who it is about')
  return {
    ...question,
    roles: rule.wie.role,
    purposes: [rule.waarvoor.purpose],
    register: pack.schema,
    model: pack.catalogue?.model,
    scope: rule.scope,
    grondslag: rule.grondslag,
  }
}

/**
 * Why a question is not asked at all; `undefined` when its ground holds. Asking tells the other who it is about, so
 * what has no ground is not even asked.
 */
export function groundLacking(
  { grondslag: { status, from, until } }: RemoteOverviewQuestion,
  { sandbox, now }: { readonly sandbox: boolean; readonly now: Instant },
): string | undefined {
  const today = dayOf(now)
  if (status === 'te-wijzigen' && !sandbox) return 'its grondslag waits for a change of law'
  if (today < from || (until !== undefined && today > until)) return 'its grondslag does not hold today'
  return undefined
}

function invalid({ id }: RemoteData, note: string): NodeError {
  return new NodeError('policy.pack_invalid', { notes: [`overview question ${id}: ${note}`] })
}
