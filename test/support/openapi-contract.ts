import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** The parts of an OpenAPI document that tests look at. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
}

export interface OpenApiOperation {
  readonly summary?: string
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}

/** One answer, as it came over HTTP. */
export interface AnswerSeen {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly status: number
  readonly contentType: string | null
  readonly json: unknown
}

/**
 * What is wrong with an answer under the document, or `undefined`. An answer of a route that is not documented yet, or of
 * no route at all, is never wrong.
 */
export type CheckAnswer = (answer: AnswerSeen) => string | undefined

/** Compiles what a document promises about answers. */
export function createContractCheck(document: OpenApiDocument): CheckAnswer {
  const ajv = new Ajv2020.default({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ ...document, $id: 'openapi' }, 'openapi')
  const routes = Object.entries(document.paths).map(([path, operations]) => ({
    path,
    operations,
    pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
  }))
  return ({ method, path, status, contentType, json }) => {
    const plain = path.split('?', 1)[0] ?? ''
    const route = routes.find(({ pattern, operations }) => pattern.test(plain) && method.toLowerCase() in operations)
    const operation = route?.operations[method.toLowerCase()]
    if (route === undefined || operation?.summary === undefined) return undefined
    const where = `${method} ${route.path} answered ${status}`
    const response = operation.responses[status]
    if (response === undefined) return `${where}, which is not documented`
    const mediaType = contentType?.split(';', 1)[0] ?? ''
    if (response.content === undefined) return mediaType === '' ? undefined : `${where} with an undocumented body`
    if (!(mediaType in response.content)) return `${where} as ${mediaType}, which is not documented`
    if (!/json/.test(mediaType)) return undefined
    const pointer = [route.path, method.toLowerCase(), 'responses', String(status), 'content', mediaType]
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent)
    const validate = ajv.compile({ $ref: `openapi#/paths/${pointer.join('/')}/schema` })
    return validate(json) ? undefined : `${where} in another shape: ${ajv.errorsText(validate.errors)}`
  }
}
