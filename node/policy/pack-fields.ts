import type { PackData, RuleData } from '../../schemas/pack.js'
import { isListedInClaim } from './readable.js'

type Lists = Readonly<Record<string, readonly string[]>>

/** The pack with the fields of its sets wherever a rule names a set; a set that does not exist stays as it is. */
export function expandSets(data: PackData): PackData {
  const expand = (names: readonly string[]): string[] => [
    ...new Set(names.flatMap((name) => (name.startsWith('@') ? (data.sets[name.slice(1)] ?? [name]) : [name]))),
  ]
  const expandAll = (lists: Lists): Record<string, string[]> =>
    Object.fromEntries(Object.entries(lists).map(([at, names]) => [at, expand(names)]))
  return {
    ...data,
    authorizations: data.authorizations.map((each) => ({ ...each, fields: expandAll(each.fields) })),
    rules: data.rules.map((rule) => {
      const { fields, paths } = rule.wat
      const own = ownLists(fields)
      return {
        ...rule,
        wat: {
          ...rule.wat,
          ...(own === undefined ? {} : { fields: expandAll(own) }),
          ...(paths === undefined ? {} : { paths: expandAll(paths) }),
        },
      }
    }),
  }
}

/** The fields that a rule lists by type; `undefined` when a credential lists them, or nothing does. */
export function ownLists(fields: RuleData['wat']['fields']): Lists | undefined {
  return fields === undefined || isListedInClaim(fields) ? undefined : fields
}

/** What is wrong with what a rule says of fields; a rule that permits nothing, or more than it seems to, is found here. */
export function faultsOfReading({ id, wat, facts }: RuleData): readonly string[] {
  const { fields, paths, nested, own, matrix } = wat
  const named = [...Object.values(ownLists(fields) ?? {}), ...Object.values(paths ?? {})].flat()
  const places = new Set(Object.keys(paths ?? {}))
  const asked = [...wat.filterRequired, ...Object.keys(wat.filterEquals)]
  const days = Object.values(nested).flatMap(({ inForceOn }) => inForceOn?.day ?? [])
  return [
    ...(fields === undefined && paths === undefined ? ['says neither by type nor by place what may be read'] : []),
    ...named.filter((name) => name.startsWith('@')).map((name) => `names the unknown set ${name}`),
    ...(own !== undefined && !asked.includes(own.start) ? [`does not require the own ${own.start}`] : []),
    ...(own !== undefined && !own.open && !asked.includes(own.end) ? [`does not require the own ${own.end}`] : []),
    ...days.filter((day) => !asked.includes(day)).map((day) => `does not require ${day}, which a list depends on`),
    ...Object.entries(nested).flatMap(([at, data]) => [
      ...(data.overlaps !== undefined && own === undefined ? [`${at} overlaps an own period that is not named`] : []),
      ...(paths !== undefined && !places.has(at) ? [`${at} has conditions and cannot be read`] : []),
    ]),
    ...Object.keys(wat.valid)
      .filter((at) => !asked.includes(at))
      .map((at) => `does not require ${at}, whose form it demands`),
    ...(wat.only?.under !== undefined && own === undefined
      ? ['stands under an own record whose period is not named']
      : []),
    ...(wat.only?.under !== undefined && !asked.includes(wat.only.under.holder.filter)
      ? [`does not require ${wat.only.under.holder.filter}, which says whose the own record is`]
      : []),
    ...(wat.only?.equals ?? [])
      .filter(({ way }) => way[0]?.startsWith(`${wat.type}.`) !== true)
      .map(({ way }) => `${way.join(' ')} does not begin at ${wat.type}`),
    ...Object.values(matrix)
      .flat()
      .filter((at) => !places.has(at))
      .map((at) => `${at} stands in the matrix and cannot be read`),
    ...facts
      .filter(({ at, scope }) => at === 'network' && scope === undefined)
      .map(({ name }) => `the fact "${name}" is asked of others without a scope`),
    ...facts
      .flatMap(({ where, not }) => [...Object.values(where), ...Object.values(not)])
      .filter((value) => value.startsWith('filter.') && !asked.includes(value.slice('filter.'.length)))
      .map((value) => `a fact needs ${value}, which is not required`),
  ].map((fault) => `${id}: ${fault}`)
}
