import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createReadCase } from '../../node/access/case-reading.js'
import { consentOf } from '../../node/access/check-pack.js'
import { createTrust } from '../../node/credentials/trust.js'
import { credentialTypeNames } from '../../node/credentials/types/table.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { decideWithFacts } from '../../node/policy/decide.js'
import type { Decision } from '../../node/policy/decision.js'
import type { AskFact } from '../../node/policy/fact.js'
import { compilePack, readPacks, type Pack } from '../../node/policy/pack.js'
import type { AccessQuestion, Reading } from '../../node/policy/question.js'
import { packCasesSchema, type PackCase, type PackData } from '../../schemas/pack.js'
import { readingOf } from './reading.js'
import { schemaOf } from './register-schema.js'

export const packsDirectory = packageFile('policies')

/** The packs that are shipped. */
export const packs: readonly PackData[] = [...(await readPacks(packsDirectory)).values()]

const trust = createTrust(Object.fromEntries(credentialTypeNames.map((type) => [type, ['did:web:stelsel.example']])))

/** A pack for a bronhouder that everybody trusts the same issuers with. */
export function compileForTest(data: PackData, sandbox = false): Pack {
  return compilePack(data, { bronhouder: 'did:web:bron.example', trust, sandbox })
}

/** The pack with this id. @throws Error when it is gone */
export function findPack(id: string): PackData {
  const found = packs.find((pack) => pack.id === id)
  if (found === undefined) throw new Error(`the pack ${id} is gone`)
  return found
}

export function readCases({ id }: PackData): readonly PackCase[] {
  return packCasesSchema.parse(JSON.parse(readFileSync(join(packsDirectory, id, 'cases.json'), 'utf8')))
}

/** A question by somebody with these claims. */
export function questionOf(
  reading: Reading,
  claims: AccessQuestion['requester']['claims'],
  context: AccessQuestion['context'],
): AccessQuestion {
  return {
    requester: { did: 'did:web:vrager.example', claims },
    action: 'QUERY',
    resource: { party: 'bron', source: 'register', ...reading },
    context,
  }
}

/** The question that a case asks. */
export function caseQuestion(entry: PackCase, data: PackData): AccessQuestion {
  const { claims, scopes, time } = entry
  const reading =
    entry.query !== undefined && data.fhir === undefined
      ? readingOf(schemaOf(data), entry.query, entry.variables)
      : createReadCase(data)(entry)
  return questionOf(reading, claims, { scopes, time: Date.parse(time) })
}

/** Facts as they are said to be found; those that are not named do not hold. */
export function factsAre(facts: PackCase['facts']): AskFact {
  return ({ name }) => {
    const holds = facts[name] ?? (name in facts ? null : false)
    return holds === null ? Promise.reject(new Error('nobody answers')) : Promise.resolve({ holds, source: 'elders' })
  }
}

/** What the pack decides about a case. */
export async function decideCase(entry: PackCase, data: PackData): Promise<Decision> {
  return decideWithFacts(
    caseQuestion(entry, data),
    compileForTest(data, entry.sandbox),
    factsAre(entry.facts),
    consentOf(entry),
  )
}
