import type { DiscoveryDefinitionData } from '../../schemas/wire/discovery.js'
import { html, type Html } from './html.js'
import { inDutch, type Language } from './language.js'
import { listed, properties } from './page.js'
import { wordsIn } from './words.js'

type Descriptor = DiscoveryDefinitionData['presentation_definition']['input_descriptors'][number]
type Field = Descriptor['constraints']['fields'][number]

/** Who can be on a discovery list, as its definition says: a card for each credential that is asked. */
export function listRules(definition: DiscoveryDefinitionData, language: Language): Html {
  const words = wordsIn(language)
  const { did_methods: methods = [], presentation_max_validity: seconds, presentation_definition: asked } = definition
  return html`<p class="nl-paragraph">${words.listIntro}</p>
    ${properties([
      [words.didMethods, listed(methods.map((method) => html`<code class="nl-code">did:${method}</code>`))],
      [words.listedFor, `${(seconds / 86_400).toLocaleString(language)} ${words.days}`],
    ])}
    ${asked.input_descriptors.map((descriptor) => descriptorCard(descriptor, language))}`
}

function descriptorCard({ id, name, purpose, constraints }: Descriptor, language: Language): Html {
  const words = wordsIn(language)
  const isAbout = (field: Field, path: string): boolean => field.path.includes(path)
  const others = constraints.fields.filter((field) => !isAbout(field, '$.type') && !isAbout(field, '$.issuer'))
  const valuesAt = (path: string) => constraints.fields.filter((field) => isAbout(field, path)).flatMap(valuesOf)
  const codes = (texts: readonly string[]) => listed(texts.map((text) => html`<code class="nl-code">${text}</code>`))
  return html`<article class="nl-card" id="gevraagd-${id}" aria-labelledby="gevraagd-${id}-titel">
    <h3 class="nl-heading nl-heading--level-3" id="gevraagd-${id}-titel">${inDutch(name ?? id, language)}</h3>
    ${purpose === undefined ? '' : html`<p class="nl-paragraph">${inDutch(purpose, language)}</p>`}
    ${properties([
      [words.credentialType, codes(valuesAt('$.type'))],
      [words.issuedBy, codes(valuesAt('$.issuer'))],
      [words.mustHold, listed(others.map((field) => fieldWords(field, language)))],
    ])}
  </article>`
}

function fieldWords(field: Field, language: Language): Html {
  const { id, path, optional = false, filter } = field
  const name = html`<code class="nl-code">${id ?? path[0] ?? ''}</code>`
  const values = valuesOf(field)
  return html`${name}${values.length === 0 ? '' : ` = ${values.join(', ')}`}${
    filter?.pattern === undefined ? '' : html` (<code class="nl-code">${filter.pattern}</code>)`
  }${optional ? html` (${wordsIn(language).mayLack})` : ''}`
}

function valuesOf({ filter }: Field): readonly string[] {
  return filter?.const === undefined ? (filter?.enum ?? []) : [filter.const]
}
