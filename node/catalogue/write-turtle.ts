import type { Statement, Term } from './statements.js'

const prefixes = {
  dcat: 'http://www.w3.org/ns/dcat#',
  dcatap: 'http://data.europa.eu/r5r/',
  dct: 'http://purl.org/dc/terms/',
  dpv: 'https://w3id.org/dpv#',
  eli: 'http://data.europa.eu/eli/ontology#',
  foaf: 'http://xmlns.com/foaf/0.1/',
  kat: 'https://catalogus.example/ns#',
  odrl: 'http://www.w3.org/ns/odrl/2/',
  skos: 'http://www.w3.org/2004/02/skos/core#',
  vcard: 'http://www.w3.org/2006/vcard/ns#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
}

/** The statements as Turtle, in one order. */
export async function writeTurtle(statements: readonly Statement[]): Promise<string> {
  const { default: n3 } = await import('n3')
  const { namedNode, blankNode, literal, quad } = n3.DataFactory
  const toTerm = (term: Term) => {
    if (term.termType === 'NamedNode') return namedNode(term.value)
    if (term.termType === 'BlankNode') return blankNode(term.value)
    return literal(term.value, term.language === '' ? namedNode(term.datatype.value) : term.language)
  }
  const writer = new n3.Writer({ format: 'text/turtle', prefixes })
  const ordered = statements.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
  writer.addQuads(ordered.map((s) => quad(toTerm(s.subject), toTerm(s.predicate), toTerm(s.object))))
  return new Promise((resolve, reject) => writer.end((error, text) => (error === null ? resolve(text) : reject(error))))
}

function orderOf({ subject, predicate, object }: Statement): string {
  return [subject.value, predicate.value, object.value, object.termType === 'Literal' ? object.language : ''].join('\n')
}
