import { fhirSchema } from '../../schemas/source-settings.js'
import type { FhirTemplate } from '../../schemas/fhir/template.js'
import type { PackData, RuleData } from '../../schemas/pack.js'
import { repeated } from './basis-faults.js'
import { ownLists } from './pack-fields.js'

/**
 * What is wrong with the templates of a pack for a FHIR source, and with rules about them: a rule that could never permit, or
 * that asks what a FHIR server cannot show, is found here.
 */
export function faultsOfFhir({ schema, fhir, rules }: PackData): readonly string[] {
  if ((fhir === undefined) !== (schema !== fhirSchema))
    return [`fhir: a pack has templates exactly when its schema is ${fhirSchema}`]
  if (fhir === undefined) return []
  const { templates } = fhir
  return [
    ...repeated(templates.map(({ name }) => name)).map((name) => `${name}: template is defined twice`),
    ...templates.flatMap(faultsOfTemplate),
    ...templates
      .filter(({ name }) => !rules.some(({ wat }) => wat.operation === name))
      .map(({ name }) => `${name}: no rule is about this template, so nobody can use it`),
    ...rules.flatMap((rule) => faultsOfRule(rule, templates)),
  ]
}

function faultsOfTemplate(template: FhirTemplate): readonly string[] {
  const { name, interaction, type, person, parameters, always, sort, include, revinclude, count, elements } = template
  const looked = [
    ...Object.values(parameters).map(({ element }) => element),
    ...Object.values(always).map(({ element }) => element),
    ...Object.values(sort),
  ]
  const own = type === 'Patient' ? ['identifier', '_id'] : [person.parameter]
  const isSearch = interaction === 'search-type'
  const searching = [parameters, sort].some((each) => Object.keys(each).length > 0)
  return [
    ...(isSearch || (!searching && include.length + revinclude.length === 0)
      ? []
      : ['a read has no search parameters, order or includes']),
    ...(type !== 'Patient' && !elements.includes(person.element)
      ? [`gives no ${person.element}, by which a reader sees whom it is about`]
      : []),
    ...looked
      .filter((element) => !elements.includes(element) && element !== 'id' && element !== 'meta')
      .map((element) => `searches by ${element}, which it does not give`),
    ...Object.entries(parameters)
      .filter(([, { type: kind, alternatives }]) => alternatives > 1 && kind !== 'token' && kind !== 'uri')
      .map(([parameter]) => `${parameter} has alternatives, which only tokens and uris can have`),
    ...[...Object.keys(parameters), ...Object.keys(always)]
      .filter((parameter) => own.includes(parameter))
      .map((parameter) => `${parameter} names the person already`),
    ...(person.by === 'patient' && person.reference ? ['person.reference is for those who are named by number'] : []),
    ...(count.default > count.max ? ['count.default is above count.max'] : []),
  ].map((fault) => `${name}: ${fault}`)
}

function faultsOfRule({ id, wat }: RuleData, templates: readonly FhirTemplate[]): readonly string[] {
  const template = templates.find(({ name }) => name === wat.operation)
  if (template === undefined) return [`${id}: there is no template ${wat.operation}`]
  const { type, person, elements } = template
  const filters = [...wat.filterRequired, ...Object.keys(wat.filterEquals)]
  const known = new Set(elements)
  const named = [...(ownLists(wat.fields)?.[type] ?? []), ...(wat.paths?.[''] ?? [])]
  return [
    ...(wat.type === type ? [] : [`${wat.operation} is of type ${type}, not ${wat.type}`]),
    ...(filters.includes(person.by) ? [] : [`does not require ${person.by}: who it is about would not matter`]),
    ...filters.filter((filter) => filter !== person.by).map((filter) => `a FHIR source has no filter ${filter}`),
    ...(wat.only !== undefined || wat.own !== undefined || Object.keys(wat.nested).length > 0
      ? ['only, own and nested are about registers: a FHIR server cannot show them']
      : []),
    ...named.filter((element) => !known.has(element)).map((element) => `the template gives no ${element}`),
  ].map((fault) => `${id}: ${fault}`)
}
