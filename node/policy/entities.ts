import type { EntityPackData, EntityRuleData } from '../../schemas/entity-pack.js'

/** Somebody or something, with what is known or said of it. */
export interface Entity {
  readonly type: string
  readonly id: string
  readonly properties?: Readonly<Record<string, unknown>> | undefined
}

/** What is done, and how. */
export interface EntityAction {
  readonly name: string
  readonly properties?: Readonly<Record<string, unknown>> | undefined
}

/** A question about entities. */
export interface EntityQuestion {
  readonly subject: Entity
  readonly action: EntityAction
  readonly resource: Entity
}

/** The rules about entities of all packs: the first that permits decides, and nothing else does. */
export interface EntityPolicy {
  /** True when some rule speaks of resources of this type. */
  knows(resourceType: string): boolean
  /** The rule that permits, or `undefined`. */
  decide(question: EntityQuestion): string | undefined
  /** Known subjects of the type that may do it, in the order of the packs. */
  searchSubjects(
    type: string,
    question: Omit<EntityQuestion, 'subject'>,
    said?: Entity['properties'],
  ): readonly Entity[]
  /** Known resources of the type that it may be done with. */
  searchResources(
    type: string,
    question: Omit<EntityQuestion, 'resource'>,
    said?: Entity['properties'],
  ): readonly Entity[]
  /** Actions that some rule permits with no more said of them than their name. */
  searchActions(question: Omit<EntityQuestion, 'action'>): readonly string[]
}

/** Compiles packs about entities. */
export function createEntityPolicy(packs: readonly EntityPackData[]): EntityPolicy {
  const entities = packs.flatMap((pack) => pack.entities)
  const rules = packs.flatMap((pack) => pack.rules)
  const known = new Map(entities.map((entity) => [keyOf(entity), entity]))
  const actions = [...new Set(rules.flatMap(({ action }) => action.name))]

  /** What is said of an entity stands for what is known of it, member by member. */
  const complete = (entity: Entity): Entity => {
    const { properties } = known.get(keyOf(entity)) ?? {}
    return { ...entity, properties: { ...properties, ...entity.properties } }
  }

  function decide({ subject, action, resource }: EntityQuestion): string | undefined {
    const question = { subject: complete(subject), action, resource: complete(resource) }
    const rule = rules.find((each) => isMet(each, question))
    return rule && `${rule.id}.v${String(rule.version)}`
  }

  const ofType = (type: string): readonly Entity[] => entities.filter((entity) => entity.type === type)

  return {
    knows: (resourceType) => rules.some(({ resource }) => resource.type === resourceType),
    decide,
    searchSubjects: (type, question, said) =>
      ofType(type).filter(({ id }) => decide({ ...question, subject: { type, id, properties: said } }) !== undefined),
    searchResources: (type, question, said) =>
      ofType(type).filter(({ id }) => decide({ ...question, resource: { type, id, properties: said } }) !== undefined),
    searchActions: (question) =>
      // Who is not known may do nothing, whatever a rule says of everybody of that type.
      known.has(keyOf(question.subject)) && known.has(keyOf(question.resource))
        ? actions.filter((name) => decide({ ...question, action: { name } }) !== undefined)
        : [],
  }
}

function keyOf({ type, id }: Entity): string {
  return JSON.stringify([type, id])
}

function isMet(rule: EntityRuleData, { subject, action, resource }: EntityQuestion): boolean {
  return (
    rule.action.name.includes(action.name) &&
    meets(rule.action.properties, action.properties) &&
    isEntity(rule.subject, subject) &&
    isEntity(rule.resource, resource)
  )
}

function isEntity({ type, id, properties }: EntityRuleData['subject'], entity: Entity): boolean {
  return type === entity.type && id?.includes(entity.id) !== false && meets(properties, entity.properties)
}

function meets(demands: EntityRuleData['subject']['properties'], given: Entity['properties']): boolean {
  return Object.entries(demands).every(([name, { is, isNot }]) => {
    const value = given !== undefined && Object.hasOwn(given, name) ? given[name] : undefined
    return is?.some((one) => one === value) !== false && isNot?.some((one) => one === value) !== true
  })
}
