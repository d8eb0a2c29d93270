import type { PackData } from '../../schemas/pack.js'
import { isListedInClaim } from './readable.js'

/** An authorization that no rule takes, or that names a set that is not there, would be given for nothing. */
export function faultsOfAuthorizations({ authorizations, rules }: PackData): readonly string[] {
  const twice = repeated(authorizations.map(({ id }) => id)).map((id) => `${id}: authorization is defined twice`)
  const dangling = authorizations.flatMap(({ id, type, rule: name, holder, fields }) => {
    const rule = rules.find((each) => each.id === name)
    const unknown = Object.values(fields)
      .flat()
      .filter((field) => field.startsWith('@'))
      .map((field) => `${id}: names the unknown set ${field}`)
    if (rule === undefined || !isListedInClaim(rule.wat.fields) || rule.wat.type !== type)
      return [...unknown, `${id}: ${name} is no rule for ${type} whose fields an authorization lists`]
    const others = holder.role.filter((role) => !rule.wie.role.includes(role))
    return [...unknown, ...others.map((role) => `${id}: ${name} lets nobody in with the role ${role}`)]
  })
  return [...twice, ...dangling]
}

/** Consent is of one person, whom the request must name; and what rests on consent must ask it. */
export function faultsOfConsent({ id, wat, consent, grondslag }: PackData['rules'][number]): readonly string[] {
  const required = [...wat.filterRequired, ...Object.keys(wat.filterEquals)]
  return [
    ...((consent === undefined) === (grondslag.status === 'toestemming')
      ? [`${id}: a rule asks for consent exactly when the status of its grondslag is toestemming`]
      : []),
    ...(consent === undefined || required.includes(consent.person)
      ? []
      : [`${id}: consent is of the person at ${consent.person}, which no filter requires`]),
  ]
}

/** What is there more than once, each once. */
export function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
