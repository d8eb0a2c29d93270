import n3 from 'n3'
import Validator from 'rdf-validate-shacl'
import type { Statement } from '../../node/catalogue/statements.js'
import { rdfType } from '../../node/catalogue/vocabulary.js'

/** The sets of shapes that others published, by name: files below `shared/shapes`. */
export const publishedShapes = {
  'DCAT-AP 3.0.1, base': ['dcat-ap-3.0.1/shapes.ttl'],
  'DCAT-AP 3.0.1, ranges': ['dcat-ap-3.0.1/range.ttl'],
  'DCAT-AP 3.0.1, full': ['dcat-ap-nl-3.0.1-werkversie/dcat-ap-SHACL.ttl'],
  'DCAT-AP-NL 3.0.0': ['dcat-ap-nl-3.0.0/dcat-ap-nl-SHACL.ttl'],
  'DCAT-AP-NL 3.0.0, ranges': ['dcat-ap-nl-3.0.0/dcat-ap-nl-SHACL-klassebereik.ttl'],
  'DCAT-AP-NL 3.0.0, ranges of lists': ['dcat-ap-nl-3.0.0/dcat-ap-nl-SHACL-klassebereik-codelijsten.ttl'],
  'DCAT-AP-NL 3.0.1': ['dcat-ap-nl-3.0.1-werkversie/dcat-ap-nl-SHACL.ttl'],
  'DCAT-AP-NL 3.0.1, ranges': ['dcat-ap-nl-3.0.1-werkversie/dcat-ap-nl-SHACL-klassebereik.ttl'],
  'DCAT-AP-NL 3.0.1, ranges of lists': ['dcat-ap-nl-3.0.1-werkversie/dcat-ap-nl-SHACL-klassebereik-codelijsten.ttl'],
  'the network profile': ['examples/network-profile.shacl.ttl'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Concepts of code lists, which the range checks look for. */
const background = 'examples/codelists-stub.ttl'

/** What breaks a set of published shapes, as one line per result. */
export type CheckPublished = (
  set: keyof typeof publishedShapes,
  statements: readonly Statement[],
) => Promise<readonly string[]>

/** @param read gives the text of a file below `shared/shapes` */
export function createCheckPublished(read: (file: string) => string): CheckPublished {
  const parse = (file: string, prefix: string) =>
    new n3.Parser({ format: 'text/turtle', blankNodePrefix: prefix }).parse(read(file))
  const validators = new Map<string, Validator>()
  return async (set, statements) => {
    const validator =
      validators.get(set) ??
      new Validator(publishedShapes[set].flatMap((file, index) => [...parse(file, `shape${String(index)}`)]))
    validators.set(set, validator)
    const { factory } = validator
    const toTerm = ({
      termType,
      value,
      ...rest
    }: {
      termType: string
      value: string
      language?: string
      datatype?: { value: string }
    }) => {
      if (termType === 'NamedNode') return factory.namedNode(value)
      if (termType === 'BlankNode') return factory.blankNode(value)
      const { language = '', datatype } = rest
      return factory.literal(value, language === '' ? factory.namedNode(datatype?.value ?? '') : language)
    }
    const data = [...statements, ...parse(background, 'background')].map(({ subject, predicate, object }) =>
      factory.quad(toTerm(subject), toTerm(predicate), toTerm(object)),
    )
    const { results } = await validator.validate(factory.dataset(data))
    return results.map(
      ({ focusNode, message }) => `${focusNode.value}: ${message.map(({ value }) => value).join('; ')}`,
    )
  }
}

/** How many things of each class a document describes: what shapes are checked on, so that nothing conforms by being empty. */
export function countTargets(statements: readonly Statement[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { predicate, object } of statements) {
    const [, name] =
      predicate.value === rdfType ? (/#(Catalog|Dataset|Distribution|DataService)$/.exec(object.value) ?? []) : []
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
