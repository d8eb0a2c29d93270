import Ajv2020 from 'ajv/dist/2020.js'
import type { AnySchema, ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { Exchange } from './record-exchanges.js'

/** The parts of an OpenAPI document that tests look at. */
export interface OpenApiDocument {
  readonly info?: Readonly<Record<string, unknown>>
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
}

export interface OpenApiOperation {
  readonly operationId?: string
  readonly summary?: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema?: { readonly type?: string }
    readonly 'x-rest-of-path'?: true
  }[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: AnySchema }>> }
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

/** What is wrong with an answer under the document, or `undefined`; an answer of no route at all is never wrong. */
export type CheckAnswer = (answer: AnswerSeen) => string | undefined

/** What is wrong with an exchange: its answer, and for a request that was served the request too. */
export interface CheckExchanges {
  /** The path and method of the document; `undefined` when it has none for this request. */
  operationOf(request: Pick<Exchange, 'method' | 'path'>): string | undefined
  faultOf(exchange: Exchange): string | undefined
}

/** Compiles what a document promises about answers. */
export function createContractCheck(document: OpenApiDocument): CheckAnswer {
  const { find, validatorAt } = compile(document)
  return (answer) => {
    const found = find(answer)
    return found && faultOfAnswer(answer, found, validatorAt)
  }
}

/** As `createContractCheck`, for requests and answers as they went by. */
export function createExchangeCheck(document: OpenApiDocument): CheckExchanges {
  const { find, validatorAt } = compile(document)
  return {
    operationOf(request) {
      const found = find(request)
      return found && `${found.method} ${found.path}`
    },
    faultOf(exchange) {
      const found = find(exchange)
      if (found === undefined) return undefined
      const { text, contentType, method } = exchange
      // The answer to HEAD has no body, and one that was too large is not kept.
      const isKept = method !== 'HEAD' && text !== undefined
      const isJson = isKept && text !== '' && /json/.test(contentType ?? '') && !/jsonl/.test(contentType ?? '')
      const seen = { ...exchange, json: isJson ? (JSON.parse(text) as unknown) : undefined }
      return (
        faultOfAnswer(seen, found, isKept ? validatorAt : undefined) ??
        (exchange.status < 300 ? faultOfRequest(exchange, found, validatorAt) : undefined)
      )
    },
  }
}

interface Found {
  readonly path: string
  readonly method: string
  readonly operation: OpenApiOperation
}

function patternOf(path: string, operations: Readonly<Record<string, OpenApiOperation>>): RegExp {
  const parameters = Object.values(operations).flatMap((operation) => operation.parameters ?? [])
  const isRest = (name: string): boolean => parameters.some((each) => each.name === name && each['x-rest-of-path'])
  const source = path
    .replace(/[.]/g, '\\.')
    .replace(/\{([^}]+)\}/g, (_, name: string) => (isRest(name) ? '.+' : '[^/]+'))
  return new RegExp(`^${source}$`)
}

type ValidatorAt = (...pointer: readonly string[]) => ValidateFunction

function compile(document: OpenApiDocument) {
  const ajv = new Ajv2020.default({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ ...document, $id: 'openapi' }, 'openapi')
  const routes = Object.entries(document.paths).map(([path, operations]) => ({
    path,
    operations,
    pattern: patternOf(path, operations),
  }))
  const compiled = new Map<string, ValidateFunction>()
  const validatorAt: ValidatorAt = (...pointer) => {
    const path = pointer
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent)
      .join('/')
    const known = compiled.get(path)
    if (known !== undefined) return known
    const made = ajv.compile({ $ref: `openapi#/paths/${path}` })
    compiled.set(path, made)
    return made
  }
  const find = (request: { readonly method: string; readonly path: string }): Found | undefined => {
    const method = request.method === 'HEAD' ? 'get' : request.method.toLowerCase()
    const plain = request.path.split('?', 1)[0] ?? ''
    // A path without parameters goes first, as with the listener.
    const here = routes.filter(({ pattern, operations }) => pattern.test(plain) && method in operations)
    const route = here.find(({ path }) => !path.includes('{')) ?? here[0]
    const operation = route?.operations[method]
    return route === undefined || operation === undefined ? undefined : { path: route.path, method, operation }
  }
  return { find, validatorAt }
}

/** Without `validatorAt` the shape is not looked at. */
function faultOfAnswer(
  { method, status, contentType, json }: AnswerSeen,
  { path, method: key, operation }: Found,
  validatorAt: ValidatorAt | undefined,
): string | undefined {
  const where = `${method} ${path} answered ${status}`
  const response = operation.responses[status]
  if (response === undefined) return `${where}, which is not documented`
  // It repeats the headers of the answer that the caller has, and has no body.
  if (status === 304) return undefined
  const mediaType = contentType?.split(';', 1)[0] ?? ''
  if (response.content === undefined) return mediaType === '' ? undefined : `${where} with an undocumented body`
  if (!(mediaType in response.content)) return `${where} as ${mediaType}, which is not documented`
  if (!/json/.test(mediaType) || /jsonl/.test(mediaType) || validatorAt === undefined) return undefined
  const validate = validatorAt(path, key, 'responses', String(status), 'content', mediaType, 'schema')
  return validate(json) ? undefined : `${where} in another shape: ${textOf(validate)}`
}

function faultOfRequest(
  { method, path: asked, request }: Exchange,
  { path, method: key, operation }: Found,
  validatorAt: ValidatorAt,
): string | undefined {
  const where = `${method} ${path} served a request`
  const given = [...new URLSearchParams(asked.split('?')[1] ?? '').keys()]
  const known = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
  const isOpen = known.some(({ schema }) => schema?.type === 'object')
  const unknown = given.find((name) => !known.some((parameter) => parameter.name === name))
  if (!isOpen && unknown !== undefined) return `${where} with ${unknown}, which is not documented`
  const missing = known.find(({ name, required }) => required === true && !given.includes(name))
  if (missing !== undefined) return `${where} without ${missing.name}, which is documented as required`
  if (request.text === '' || operation.requestBody === undefined) return undefined
  const mediaType = request.contentType?.split(';', 1)[0]?.toLowerCase() ?? ''
  const content = operation.requestBody.content?.[mediaType]
  if (content === undefined) return `${where} as ${mediaType}, which is not documented`
  if (content.schema === undefined) return undefined
  const body: unknown = /json/.test(mediaType)
    ? JSON.parse(request.text)
    : Object.fromEntries(new URLSearchParams(request.text))
  const validate = validatorAt(path, key, 'requestBody', 'content', mediaType, 'schema')
  return validate(body) ? undefined : `${where} in another shape: ${textOf(validate)}`
}

/** Which member is wrong and how, and never its value. */
function textOf({ errors }: ValidateFunction): string {
  const faults = (errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath === '' ? 'it' : instancePath, message ?? '', JSON.stringify(params)].join(' '),
  )
  return faults.slice(0, 6).join('; ')
}
