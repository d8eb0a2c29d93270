import { readFileSync } from 'node:fs'
import type { Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { schemaFaults } from '../../kernel/schema-faults.js'
import { packageFile } from '../../kernel/package-root.js'
import type { EventTypes } from '../../policy/event-types.js'
import { abonnementRulesSchema, type AbonnementRule } from '../../../schemas/abonnement-rules.js'

/** Who may have an abonnement on what, and until when somebody may. */
export interface AbonnementRules {
  readonly all: readonly AbonnementRule[]
  /** The rule for this event type (or an alias), role and doel; whether its ground holds today is not looked at. */
  find(wanted: Pick<AbonnementRule, 'eventType' | 'doel'> & { readonly role: string }): AbonnementRule | undefined
  /** True when the law lets somebody with this role be told today. */
  holds(rule: AbonnementRule, at: { readonly role: string; readonly now: Instant }): boolean
}

/**
 * Reads the rules that are shipped with the node.
 * @throws `config.invalid` for a file that is not as its schema asks, or names an event type that nobody can subscribe to
 */
export function loadAbonnementRules(eventTypes: EventTypes): AbonnementRules {
  const text = readFileSync(packageFile('schemas', 'abonnement-rules.json'), 'utf8')
  return createAbonnementRules(JSON.parse(text), eventTypes)
}

/** As `loadAbonnementRules`, from `data`. */
function createAbonnementRules(data: unknown, eventTypes: EventTypes): AbonnementRules {
  const parsed = abonnementRulesSchema.safeParse(data)
  if (!parsed.success)
    throw new NodeError('config.invalid', { notes: schemaFaults(parsed.error, { of: 'abonnement-rules' }) })
  const all = parsed.data
  for (const { eventType, doorgeven } of all) {
    if (eventTypes.find(eventType)?.receivers.by !== 'abonnement') throw unfit(eventType)
    if (doorgeven !== undefined && eventTypes.find(doorgeven)?.receivers.by !== 'caller') throw unfit(doorgeven)
  }
  const byName = new Map(
    all.flatMap((rule) => rule.role.map((role) => [nameOf(rule.eventType, role, rule.doel), rule] as const)),
  )
  return {
    all,
    find({ eventType, role, doel }) {
      const type = eventTypes.find(eventType)
      return type && byName.get(nameOf(type.eventType, role, doel))
    },
    holds(rule, { role, now }) {
      const type = eventTypes.find(rule.eventType)
      return type !== undefined && eventTypes.hasGrondslag(type, { now, role })
    },
  }
}

function nameOf(eventType: string, role: string, doel: string): string {
  return JSON.stringify([eventType, role, doel])
}

function unfit(eventType: string): NodeError {
  return new NodeError('config.invalid', { notes: [`abonnement-rules: ${eventType} is no event type for this`] })
}
