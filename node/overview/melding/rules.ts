import { readFileSync } from 'node:fs'
import { NodeError } from '../../kernel/errors.js'
import { schemaFaults } from '../../kernel/schema-faults.js'
import { identifierKinds } from '../../kernel/identifiers.js'
import { packageFile } from '../../kernel/package-root.js'
import { readDay, type Day } from '../../policy/day.js'
import { meldingRulesSchema, type MeldingCheck, type MeldingRule } from '../../../schemas/melding/rule.js'

/** A record that breaks a rule. Holds nothing that stands in the record but its name. */
export interface MeldingFault {
  readonly rule: MeldingRule
  /** `Type/uuid`. */
  readonly recordID: string
}

/** The rules that records of registers are held against. */
export interface MeldingRules {
  readonly all: readonly MeldingRule[]
  /** The rule with this code; `undefined` for one that is not ours, such as a published one that is reported by hand. */
  find(code: string): MeldingRule | undefined
  /**
   * What of `records`, all of one type of a register, breaks a rule. Looks at what was read and no further: a field that is
   * not there breaks nothing. A record without a name is passed over, because nobody could be told which it is.
   */
  check(register: string, type: string, records: readonly unknown[]): readonly MeldingFault[]
}

/** The rules that are shipped. @throws `config.invalid` */
export function loadMeldingRules(): MeldingRules {
  const parsed = meldingRulesSchema.safeParse(
    JSON.parse(readFileSync(packageFile('schemas', 'melding', 'rules.json'), 'utf8')),
  )
  if (parsed.success) return createMeldingRules(parsed.data)
  throw new NodeError('config.invalid', { notes: schemaFaults(parsed.error, { of: 'melding rules' }) })
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

type Fields = Readonly<Record<string, unknown>>

export function createMeldingRules(all: readonly MeldingRule[]): MeldingRules {
  const byCode = new Map(all.map((rule) => [rule.code, rule]))
  const byType = new Map<string, readonly MeldingRule[]>()
  for (const rule of all) {
    const name = `${rule.register} ${rule.type}`
    byType.set(name, [...(byType.get(name) ?? []), rule])
  }
  return {
    all,
    find: (code) => byCode.get(code),
    check(register, type, records) {
      const rules = byType.get(`${register} ${type}`) ?? []
      return records.filter(isFields).flatMap((record) =>
        rules.flatMap((rule): readonly MeldingFault[] => {
          const id = record[rule.key]
          if (typeof id !== 'string' || !uuid.test(id) || holds(rule.check, record)) return []
          return [{ rule, recordID: `${type}/${id}` }]
        }),
      )
    },
  }
}

function holds(check: MeldingCheck, record: Fields): boolean {
  switch (check.kind) {
    case 'order':
      return isInOrder(record[check.first], record[check.then])
    case 'form':
      return hasForm(record[check.field], check.of)
    case 'present':
      // What was not read may well be there.
      return !(check.field in record) || isEmpty(record[check.when]) || !isEmpty(record[check.field])
    case 'unique': {
      const values = partsOf(record[check.list]).flatMap((part) =>
        isEmpty(part[check.field]) ? [] : [part[check.field]],
      )
      return new Set(values).size === values.length
    }
    case 'within':
      return partsOf(record[check.list]).every(
        (part) =>
          isInOrder(record[check.first], part[check.first]) &&
          isInOrder(part[check.last], record[check.last]) &&
          isInOrder(part[check.first], record[check.last]),
      )
  }
}

function isInOrder(first: unknown, then: unknown): boolean {
  const [one, other]: readonly (Day | undefined)[] = [readDay(first), readDay(then)]
  return one === undefined || other === undefined || one <= other
}

function hasForm(value: unknown, kind: 'bsn' | 'agb' | 'uzovi'): boolean {
  if (isEmpty(value)) return true
  try {
    identifierKinds[kind](value)
    return true
  } catch {
    // Not well-formed: what was asked.
    return false
  }
}

function partsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === ''
}
