import { createHash } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import type { HttpAnswer, HttpRequest } from './exchange.js'
import { chooseMediaType, isUnchanged } from './negotiate.js'

/** The forms in which one thing can be had. */
const tags = {
  'application/ld+json': 'ld',
  'application/json': 'json',
  'text/turtle': 'ttl',
  'text/html': 'html',
} as const
export type FormType = keyof typeof tags

/** The ends of paths that ask for one form, for people who follow a link. */
export const formExtensions = {
  '.html': 'text/html',
  '.jsonld': 'application/ld+json',
  '.ttl': 'text/turtle',
} as const satisfies Record<string, FormType>

/** One thing in several forms, in the order in which they are preferred. */
export interface Forms {
  /** Changes when what is said changes, whatever the form. */
  readonly tag: string
  readonly cacheControl: string
  readonly forms: readonly {
    readonly type: FormType
    /** Called for the form that is sent. */
    readonly text: () => string
    readonly headers?: Readonly<Record<string, string>>
    /** For a form that says more than `tag` covers, such as the words of a page. */
    readonly cacheControl?: string
  }[]
}

/** Goes with every answer of a thing that has several forms, refusals too. */
export const negotiatedHeaders = { vary: 'Accept, Accept-Language' } as const

/** Takes the end off that asks for one form. */
export function splitExtension(name: string): { readonly name: string; readonly type: FormType | undefined } {
  for (const [extension, type] of Object.entries(formExtensions)) {
    if (name.endsWith(extension)) return { name: name.slice(0, -extension.length), type }
  }
  return { name, type: undefined }
}

/**
 * The form that the caller accepts best, or the `wanted` one; 304 when the caller has it.
 * @throws `request.not_acceptable` with what there is
 */
export function representationAnswer(
  { header }: Pick<HttpRequest, 'header'>,
  { tag, cacheControl, forms }: Forms,
  wanted?: FormType,
): HttpAnswer {
  const types = forms.map(({ type }) => type)
  const type = wanted ?? chooseMediaType(header('accept'), types)
  const form = forms.find((candidate) => candidate.type === type)
  if (form === undefined) {
    throw new NodeError('request.not_acceptable', { notes: [`this is to be had as ${types.join(', ')}`] })
  }
  const text = form.text()
  const etag = `"${tag}-${tags[form.type]}${form.cacheControl === undefined ? '' : `-${shortDigest(text)}`}"`
  const headers = { etag, 'cache-control': form.cacheControl ?? cacheControl, ...negotiatedHeaders }
  if (isUnchanged(header('if-none-match'), etag)) return { status: 304, headers }
  return { status: 200, headers: { ...headers, 'content-type': contentTypeOf(form.type), ...form.headers }, body: text }
}

/** @see RFC 6839 section 3.1: JSON has no charset */
function contentTypeOf(type: FormType): string {
  return type === 'application/ld+json' || type === 'application/json' ? type : `${type}; charset=utf-8`
}

function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 12)
}
