import { readFile } from 'node:fs/promises'
import { packageFile } from '../kernel/package-root.js'
import type { Statement } from './statements.js'

/** Sentences that say which statements break the shapes of the network; none when all hold. */
export type CheckShapes = (statements: readonly Statement[]) => Promise<readonly string[]>

/** Would make one class of another, and the library follows it in every direction. */
const subClassOf = 'http://www.w3.org/2000/01/rdf-schema#subClassOf'

/**
 * Checks statements against the shapes in `schemas/shapes/`. Bounded when the statements are within `mostOfDocument`, but
 * each violation costs: look first for what is cheap to find. What SHACL cannot see is not checked: an empty document breaks no shape.
 *
 * @param options.loopback whether addresses of this machine may do without TLS
 * @see W3C SHACL; DCAT-AP 3; DCAT-AP-NL 3
 */
export function createCheckShapes({ loopback }: { readonly loopback: boolean }): CheckShapes {
  const files = loopback ? ['catalogue-v1.ttl'] : ['catalogue-v1.ttl', 'catalogue-v1-tls.ttl']
  let loading: ReturnType<typeof load> | undefined

  async function load() {
    const [{ default: n3 }, { default: Validator }, ...texts] = await Promise.all([
      import('n3'),
      import('rdf-validate-shacl'),
      ...files.map((file) => readFile(packageFile('schemas', 'shapes', file), 'utf8')),
    ])
    const quads = texts.flatMap((text, index) => {
      const parser = new n3.Parser({ format: 'text/turtle', blankNodePrefix: `shape${String(index)}` })
      return [...parser.parse(text)]
    })
    // One for all documents: making it costs more than a document does, and it keeps nothing of one.
    return new Validator(quads)
  }

  return async (statements) => {
    const validator = await (loading ??= load())
    const { factory } = validator
    const data = factory.dataset(
      statements
        .filter(({ predicate }) => predicate.value !== subClassOf)
        .map(({ subject, predicate, object }) => factory.quad(toTerm(subject), toTerm(predicate), toTerm(object))),
    )
    const { results } = await validator.validate(data)
    const sentences = results.map(({ focusNode, message }) => {
      const thing = focusNode.termType === 'NamedNode' ? focusNode.value : 'something without a name'
      return `${thing}: ${message.map(({ value }) => value).join('; ')}`
    })
    return [...new Set(sentences)].sort()

    function toTerm(term: Statement['subject'] | Statement['object']) {
      switch (term.termType) {
        case 'NamedNode':
          return factory.namedNode(term.value)
        case 'BlankNode':
          return factory.blankNode(term.value)
        case 'Literal':
          return factory.literal(
            term.value,
            term.language === '' ? factory.namedNode(term.datatype.value) : term.language,
          )
      }
    }
  }
}
