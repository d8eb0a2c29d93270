import { createReadCatalogue } from '../../node/catalogue/read-catalogue.js'
import type { Catalogue } from '../../node/catalogue/catalogue.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { packSchema, type PackData } from '../../schemas/pack.js'
import { readFileSync } from 'node:fs'
import { renderCatalogue } from '../../node/web/catalogue-page.js'
import { renderDataset } from '../../node/web/dataset-page.js'
import type { Language } from '../../node/web/language.js'
import type { CatalogueView } from '../../node/web/page.js'
import { renderPolicy } from '../../node/web/policy-page.js'
import { renderService } from '../../node/web/service-page.js'
import { renderVersions } from '../../node/web/versions-page.js'
import { exampleDocument } from './catalogue-documents.js'

/** The catalogue of an imaginary gemeente, read as any other. */
export async function exampleCatalogue(keys?: readonly string[]): Promise<Catalogue> {
  const read = await createReadCatalogue({ loopback: true })(
    JSON.stringify(exampleDocument(keys)),
    'application/ld+json',
  )
  if (!read.conforms) throw new Error(read.violations.join('\n'))
  return read.catalogue
}

/** What its pages share. */
export function exampleView(catalogue: Catalogue, language: Language = 'nl'): CatalogueView {
  return {
    language,
    catalogue,
    contact: { name: { nl: 'Gegevensbeheer' }, address: 'mailto:gegevens@voorbeeld.example' },
    links: {
      versions: `${catalogue.id}/versions`,
      jsonLd: `${catalogue.id}.jsonld`,
      turtle: `${catalogue.id}.ttl`,
      proof: `${catalogue.id}/proof`,
    },
  }
}

/** The rules of a pack. */
export function examplePolicyRules(name = 'indicatieregister'): PackData {
  return packSchema.parse(JSON.parse(readFileSync(packageFile('policies', name, 'pack.json'), 'utf8')))
}

/** Every kind of page of a catalogue, by the path of its address. */
export function examplePages(view: CatalogueView): ReadonlyMap<string, string> {
  const { catalogue } = view
  const versions = `${catalogue.id}/versions`
  const { version, modified, digest } = catalogue
  const access = { authorizationServer: 'https://node.voorbeeld.example/oauth2/wmo', scopes: ['wmo:read', 'wmo:list'] }
  const pages: readonly (readonly [string, string])[] = [
    [catalogue.id, renderCatalogue(view)],
    ...catalogue.services.map((service) => [service.id, renderService(view, service, access)] as const),
    ...catalogue.datasets.map((dataset) => [dataset.id, renderDataset(view, dataset)] as const),
    ...catalogue.datasets.flatMap((dataset) =>
      dataset.policies.map(
        (policy) => [policy.id, renderPolicy(view, policy, dataset, { pack: examplePolicyRules() })] as const,
      ),
    ),
    [
      versions,
      renderVersions(view, versions, [
        { version, modified, digest, url: catalogue.id },
        { version: '2026-09-01.1', modified: '2026-09-01T09:00:00Z', digest, url: `${versions}/2026-09-01.1` },
      ]),
    ],
  ]
  return new Map(pages.map(([url, page]) => [new URL(url).pathname, page]))
}
