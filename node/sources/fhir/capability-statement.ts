import type { PackData } from '../../../schemas/pack.js'
import type { FhirTemplate } from '../../../schemas/fhir/template.js'
import { fhirMediaType } from '../../../schemas/wire/fhir.js'

const interactionOrder = ['read', 'vread', 'search-type'] as const

/**
 * The CapabilityStatement of a source, made of its pack: what can really be asked there, by whom is in the rules. The same
 * for everybody, and the same text as long as the pack is.
 * @see FHIR R4 capabilitystatement.html
 */
export function writeCapabilityStatement({ id, version, title, description, fhir }: PackData): string {
  const templates = fhir?.templates ?? []
  const types = [...new Set(templates.map(({ type }) => type))].sort()
  const statement = {
    resourceType: 'CapabilityStatement',
    name: id.replace(/(^|-)([a-z])/g, (_, _dash: string, letter: string) => letter.toUpperCase()),
    title,
    version,
    status: 'active',
    date: fhir?.date ?? '',
    kind: 'instance',
    implementation: { description },
    fhirVersion: '4.0.1',
    format: ['json', fhirMediaType],
    rest: [
      {
        mode: 'server',
        documentation:
          'Read only, with an access token. A search with the BSN of a person goes by POST to _search. Parameters that are not listed are refused.',
        security: {
          description:
            'OAuth 2.0 access token, bound to a key (DPoP) or not; GET on the base URL says where to ask for one and with which scopes.',
        },
        resource: types.map((type) =>
          describeType(
            type,
            templates.filter((each) => each.type === type),
          ),
        ),
      },
    ],
  }
  return JSON.stringify(statement, null, 2)
}

function describeType(type: string, templates: readonly FhirTemplate[]) {
  const interactions = interactionOrder.filter((code) => templates.some(({ interaction }) => interaction === code))
  const searches = templates.filter(({ interaction }) => interaction === 'search-type')
  const parameters = new Map(searches.flatMap(parametersOf))
  const [include, revinclude] = [
    unique(searches.flatMap((each) => each.include.map(({ value }) => value))),
    unique(searches.flatMap((each) => each.revinclude.map(({ value }) => value))),
  ]
  return {
    type,
    documentation: documentationOf(templates),
    interaction: interactions.map((code) => ({ code })),
    versioning: 'versioned',
    ...(include.length === 0 ? {} : { searchInclude: include }),
    ...(revinclude.length === 0 ? {} : { searchRevInclude: revinclude }),
    ...(parameters.size === 0 ? {} : { searchParam: [...parameters].map(([name, about]) => ({ name, ...about })) }),
  }
}

function documentationOf(templates: readonly FhirTemplate[]): string {
  const elements = unique(templates.flatMap((each) => each.elements))
  const sorts = unique(templates.flatMap(({ sort }) => Object.keys(sort)))
  const sorted = sorts.length === 0 ? '' : ` Ordered by: ${sorts.join(', ')}.`
  return `Elements: ${elements.join(', ')}.${sorted}`
}

type Described = readonly [name: string, { readonly type: string; readonly documentation?: string }]

function parametersOf({ type, person, parameters, always }: FhirTemplate): readonly Described[] {
  const isPatient = type === 'Patient'
  const number: Described = isPatient
    ? ['identifier', { type: 'token', documentation: 'The BSN with its system; by POST only.' }]
    : [
        `${person.parameter}.identifier`,
        { type: 'token', documentation: 'The BSN of the person with its system; by POST only.' },
      ]
  const reference: Described = isPatient
    ? ['_id', { type: 'token' }]
    : [person.parameter, { type: 'reference', documentation: 'The person, as Patient/id of this source.' }]
  return [
    ...(person.by === 'bsn' ? [number] : []),
    ...(person.by === 'patient' || person.reference ? [reference] : []),
    ...Object.entries(always).map(([name, { value }]): Described => [
      name,
      { type: 'token', documentation: `Always ${value}.` },
    ]),
    ...Object.entries(parameters).map(([name, each]): Described => [name, describeParameter(each)]),
  ]
}

function describeParameter({ type, required, modifiers, prefixes, values }: FhirTemplate['parameters'][string]) {
  const words = [
    ...(required ? ['Required.'] : []),
    ...(modifiers.length === 0 ? [] : [`Modifiers: ${modifiers.join(', ')}.`]),
    ...(prefixes.length === 0 ? [] : [`Prefixes: ${prefixes.join(', ')}.`]),
    ...(values === undefined ? [] : [`Values: ${values.join(', ')}.`]),
  ]
  return { type, ...(words.length === 0 ? {} : { documentation: words.join(' ') }) }
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}
