import type { RuleData } from '../../schemas/pack.js'
import type { CatalogueDataset, CataloguePolicy } from '../catalogue/catalogue.js'
import type { ShownRules } from '../catalogue/pages.js'
import { expandSets, ownLists } from '../policy/pack-fields.js'
import { contactOf, groundWords, purposeLabel, whoMayAsk } from './catalogue-page.js'
import { html, type Html } from './html.js'
import { labelOf, roleLabel } from './labels.js'
import { inDutch, inLanguage, type Language } from './language.js'
import { listRules } from './list-rules.js'
import { listed, moment, outwardLink, pageLink, properties, renderPage, type CatalogueView } from './page.js'
import { codes, conditionsOf } from './rule-conditions.js'
import { wordsIn } from './words.js'

/**
 * The page of one policy: the offer in short, then the rules themselves. Those of a pack stand under the four questions wie,
 * wat, waarvoor and wanneer, each with its grondslag and the status of that; of a list it is what who registers must show.
 */
export function renderPolicy(
  view: CatalogueView,
  policy: CataloguePolicy,
  dataset: CatalogueDataset,
  rules: ShownRules | undefined,
): string {
  const { catalogue, language } = view
  const words = wordsIn(language)
  const pack = rules !== undefined && 'pack' in rules ? rules.pack : undefined
  const title = pack?.title ?? words.policies
  return renderPage(view, {
    title,
    url: policy.id,
    above: [
      { title: inLanguage(catalogue.title, language), url: catalogue.id },
      { title: inLanguage(dataset.title, language), url: dataset.id },
    ],
    main: html`
      <h1 class="nl-heading nl-heading--level-1">${inDutch(title, pack === undefined ? 'nl' : language)}</h1>
      ${pack === undefined ? '' : html`<p class="nl-paragraph nl-paragraph--lead">${inDutch(pack.description, language)}</p>`}
      <section aria-labelledby="kort">
        <h2 class="nl-heading nl-heading--level-2" id="kort">${words.offered}</h2>
        ${properties([
          [words.dataset, pageLink(dataset.id, inLanguage(dataset.title, language), language)],
          [words.who, whoMayAsk(dataset, language)],
          [words.whatFor, listed(dataset.purposes.map((purpose) => purposeLabel(purpose, language)))],
          [words.publishedRules, outwardLink(policy.enforcedBy)],
          [words.policyDigest, html`<code class="nl-code">${policy.digest}</code>`],
          [words.contact, contactOf(view)],
        ])}
      </section>
      <section aria-labelledby="regels">
        <h2 class="nl-heading nl-heading--level-2" id="regels">${words.rules}</h2>
        ${rulesOf(rules, dataset, language)}
      </section>
    `,
  })
}

function rulesOf(rules: ShownRules | undefined, dataset: CatalogueDataset, language: Language): Html {
  const words = wordsIn(language)
  if (rules === undefined) return html`<p class="nl-paragraph">${words.noRules}</p>`
  if ('definition' in rules) return listRules(rules.definition, language)
  return html`<p class="nl-paragraph">${words.rulesIntro}</p>
    ${expandSets(rules.pack).rules.map((rule) => ruleCard(rule, dataset, language))}`
}

function ruleCard(rule: RuleData, dataset: CatalogueDataset, language: Language): Html {
  const words = wordsIn(language)
  const name = `${rule.id}.v${rule.version}`
  return html`<article class="nl-card" id="${name}" aria-labelledby="${name}-titel">
    <h3 class="nl-heading nl-heading--level-3" id="${name}-titel">${inDutch(rule.title, language)}</h3>
    <p class="nl-paragraph"><code class="nl-code">${name}</code></p>
    ${properties([
      [words.who, listed(rule.wie.role.map((role) => inDutch(roleLabel(role), language)))],
      [words.what, html`${labelOf(rule.wat.action, language)}: ${codes([rule.wat.operation])}`],
      [words.conditions, listed(conditionsOf(rule, language))],
      [words.whatFor, purposeOf(rule, dataset, language)],
      [words.when, 'until' in rule.wanneer ? words.untilEvidence : words.anyTime],
      [words.groundOf, groundOf(rule, language)],
      [words.scope, html`<code class="nl-code">${rule.scope}</code>`],
      [words.source, inDutch(rule.source, language)],
    ])}
    ${fieldsOf(rule, name, language)}
  </article>`
}

function purposeOf({ waarvoor }: RuleData, dataset: CatalogueDataset, language: Language): Html {
  const known = dataset.purposes.find(({ id }) => id.endsWith(`/${waarvoor.purpose}`))
  const code = html`<code class="nl-code">${waarvoor.purpose}</code>`
  return known === undefined ? code : html`${purposeLabel(known, language)} (${code})`
}

function groundOf({ grondslag }: RuleData, language: Language): Html {
  const words = wordsIn(language)
  return html`${groundWords(grondslag, language)} ${words.from}
  ${moment(grondslag.from, language)}${
    grondslag.until === undefined ? '' : html` ${words.until} ${moment(grondslag.until, language)}`
  }`
}

function fieldsOf({ wat }: RuleData, name: string, language: Language): Html {
  const words = wordsIn(language)
  const byType = ownLists(wat.fields)
  return html`${
    wat.fields !== undefined && byType === undefined
      ? html`<p class="nl-paragraph">${words.fields}: ${words.fieldsListed}.</p>`
      : ''
  }
  ${fieldTable(`${name}-soorten`, words.type, byType, language)}
  ${fieldTable(`${name}-plaatsen`, words.place, wat.paths, language)}`
}

function fieldTable(
  id: string,
  heading: string,
  lists: Readonly<Record<string, readonly string[]>> | undefined,
  language: Language,
): Html {
  if (lists === undefined) return html``
  const words = wordsIn(language)
  return html`<details>
    <summary>${words.fields}</summary>
    <div class="nl-table-container" role="region" aria-labelledby="${id}" tabindex="0">
      <table class="nl-table">
        <caption id="${id}">
          ${words.fieldsCaption}
        </caption>
        <thead>
          <tr>
            <th scope="col">${heading}</th>
            <th scope="col">${words.field}</th>
          </tr>
        </thead>
        <tbody>
          ${Object.entries(lists).map(
            ([at, fields]) =>
              html`<tr>
                <th scope="row">${at === '' ? words.root : at}</th>
                <td>${fields.join(', ')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`
}
