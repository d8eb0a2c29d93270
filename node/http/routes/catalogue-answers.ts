import { createHash } from 'node:crypto'
import type { CatalogueVersion } from '../../catalogue/catalogue-records.js'
import type { CataloguePages, CataloguePageView } from '../../catalogue/pages.js'
import { NodeError } from '../../kernel/errors.js'
import type { HttpAnswer, HttpRequest, RouteDoc } from '../exchange.js'
import { isUnchanged } from '../negotiate.js'
import { splitExtension, type Forms, type FormType } from '../representations.js'

/** For an hour without asking, and for a day more while asking. */
export const currentCache = 'public, max-age=3600, stale-while-revalidate=86400'
/** What never changes. */
export const immutableCache = 'public, max-age=31536000, immutable'
/** A page says what it says in words that can be bettered. */
const pageCache = 'public, max-age=3600'

type Form = Forms['forms'][number]

/** What can be had as JSON-LD and as Turtle. */
export function twoForms({ jsonLd, turtle }: { readonly jsonLd: string; readonly turtle: string }): readonly Form[] {
  return [
    { type: 'application/ld+json', text: () => jsonLd },
    { type: 'text/turtle', text: () => turtle },
  ]
}

/** A page, in the language of `view`. */
export function pageForm({ securityPolicy }: CataloguePages, view: CataloguePageView, render: () => string): Form {
  const headers = { 'content-security-policy': securityPolicy, 'content-language': view.language }
  return { type: 'text/html', text: render, headers, cacheControl: pageCache }
}

/** What the pages of a version share; `url` is of what is shown, when it has other forms. */
export function viewOf(
  { query, header }: HttpRequest,
  { catalogue }: CatalogueVersion,
  pages: CataloguePages,
  { url, isEarlier = false }: { readonly url?: string; readonly isEarlier?: boolean },
): CataloguePageView {
  const forms = url === undefined ? {} : { jsonLd: `${url}.jsonld`, turtle: `${url}.ttl` }
  return {
    language: pages.chooseLanguage(query['taal'], header('accept-language')),
    catalogue,
    contact: catalogue.contact,
    isEarlier,
    links: { versions: `${catalogue.id}/versions`, proof: `${catalogue.id}/proof`, ...forms },
  }
}

/** One text in one form; 304 when the caller has it. */
export function textAnswer(
  { header }: Pick<HttpRequest, 'header'>,
  {
    text,
    contentType,
    cacheControl,
  }: { readonly text: string; readonly contentType: string; readonly cacheControl: string },
): HttpAnswer {
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`
  const headers = { etag, 'cache-control': cacheControl }
  if (isUnchanged(header('if-none-match'), etag)) return { status: 304, headers }
  return { status: 200, headers: { ...headers, 'content-type': contentType }, body: text }
}

/** The form that the end of a name asks for counts only when nothing has the whole name. @throws `catalogue.unknown` */
export async function findNamed<T>(
  given: string,
  find: (name: string) => Promise<T | undefined>,
): Promise<{ readonly name: string; readonly type: FormType | undefined; readonly value: T }> {
  const whole = await find(given)
  if (whole !== undefined) return { name: given, type: undefined, value: whole }
  const { name, type } = splitExtension(given)
  const value = type === undefined ? undefined : await find(name)
  if (value === undefined) throw new NodeError('catalogue.unknown')
  return { name, type, value }
}

const linkedDataForms: readonly string[] = ['application/ld+json', 'text/turtle', 'text/html']
/** Of what is no linked data. */
export const plainForms: readonly string[] = ['application/json', 'text/html']

/** What a route of a catalogue promises, in these forms. */
export function docOf(summary: string, about: string, forms = linkedDataForms): RouteDoc {
  return {
    summary,
    about,
    answers: {
      200: {
        mediaType: forms,
        about: 'In the form that Accept asks for, or the end of the path.',
      },
      304: 'What the caller has is still good.',
    },
    refusals: [404, 406],
  }
}
