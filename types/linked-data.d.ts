// What this node calls of packages that come without types.

interface LinkedDataContext {
  readonly '@context': unknown
}

declare module '@digitalbazaar/credentials-context' {
  export const contexts: ReadonlyMap<string, LinkedDataContext & Record<string, unknown>>
}
declare module '@digitalbazaar/data-integrity-context' {
  export const contexts: ReadonlyMap<string, LinkedDataContext & Record<string, unknown>>
}
declare module '@digitalbazaar/multikey-context' {
  export const contexts: ReadonlyMap<string, LinkedDataContext & Record<string, unknown>>
}
declare module '@digitalbazaar/vc-status-list-context' {
  export const contexts: ReadonlyMap<string, LinkedDataContext & Record<string, unknown>>
}
declare module 'did-context' {
  export const contexts: ReadonlyMap<string, LinkedDataContext & Record<string, unknown>>
}

declare module 'jsonld' {
  /** A set of RDF quads. */
  type Dataset = readonly object[]
  interface Options {
    readonly base: null
    readonly safe: boolean
    readonly documentLoader: (url: string) => Promise<{
      readonly contextUrl: null
      readonly documentUrl: string
      readonly document: unknown
      readonly tag: 'static'
    }>
  }
  interface RdfOptions extends Options {
    readonly skipExpansion?: true
    readonly produceGeneralizedRdf: false
    readonly rdfDirection: 'i18n-datatype'
  }
  const jsonld: {
    expand(document: object, options: Options): Promise<unknown>
    toRDF(document: unknown, options: RdfOptions): Promise<Dataset>
  }
  export default jsonld
}

declare module 'rdf-canonize' {
  interface Options {
    readonly algorithm: 'RDFC-1.0'
    readonly format: 'application/n-quads'
    /** How often it looks deeper, as a power of how many look alike. */
    readonly maxWorkFactor?: number
    /** The same, as a number. */
    readonly maxDeepIterations?: number
    /** Looked at before every third order of look-alikes. */
    readonly signal?: { readonly aborted: boolean; readonly reason: string }
  }
  const rdfCanonize: { canonize(dataset: readonly object[], options: Options): Promise<string> }
  export default rdfCanonize
}

declare module 'n3' {
  interface N3Term {
    readonly termType: string
    readonly value: string
    readonly language?: string
    readonly datatype?: { readonly value: string }
  }
  interface N3Quad {
    readonly subject: N3Term
    readonly predicate: N3Term
    readonly object: N3Term
    readonly graph: N3Term
  }
  interface Factory {
    readonly namedNode: (value: string) => N3Term
    readonly blankNode: (value: string) => N3Term
    readonly literal: (value: string, languageOrDatatype: string | N3Term) => N3Term
    readonly quad: (subject: N3Term, predicate: N3Term, object: N3Term, graph?: N3Term) => N3Quad
  }
  interface ParserOptions {
    readonly format: 'text/turtle'
    readonly factory?: Factory
    readonly blankNodePrefix?: string
  }
  interface WriterOptions {
    readonly format: 'text/turtle'
    readonly prefixes: Readonly<Record<string, string>>
  }
  const n3: {
    readonly DataFactory: Factory
    readonly Parser: new (options: ParserOptions) => { parse(text: string): readonly N3Quad[] }
    readonly Writer: new (options: WriterOptions) => {
      addQuads(quads: readonly N3Quad[]): void
      end(done: (error: Error | null, text: string) => void): void
    }
  }
  export default n3
}

declare module 'rdf-validate-shacl' {
  interface Term {
    readonly termType: string
    readonly value: string
  }
  interface Factory {
    namedNode(value: string): Term
    blankNode(value: string): Term
    literal(value: string, languageOrDatatype: string | Term): Term
    quad(subject: Term, predicate: Term, object: Term): object
    dataset(quads: readonly object[]): Iterable<object>
  }
  interface Result {
    readonly focusNode: Term
    readonly message: readonly Term[]
  }
  class SHACLValidator {
    constructor(shapes: Iterable<object>)
    readonly factory: Factory
    validate(data: Iterable<object>): Promise<{ readonly conforms: boolean; readonly results: readonly Result[] }>
  }
  export default SHACLValidator
}
