import type { PackData } from '../../schemas/pack.js'
import type { DiscoveryDefinitionData } from '../../schemas/wire/discovery.js'
import type { Catalogue, CatalogueContact, CatalogueDataset, CataloguePolicy, CatalogueService } from './catalogue.js'

/** What every page of one catalogue shares. */
export interface CataloguePageView {
  readonly language: 'nl' | 'en'
  readonly catalogue: Catalogue
  readonly contact?: CatalogueContact | undefined
  /** True for a version that was replaced. */
  readonly isEarlier?: boolean
  /** Where the other forms of the same thing are, and the other versions. */
  readonly links: {
    readonly versions: string
    readonly jsonLd?: string
    readonly turtle?: string
    readonly proof: string
  }
}

/** The rules behind an offer, as a page can show them: those of a source, or who can be on a discovery list. */
export type ShownRules = { readonly pack: PackData } | { readonly definition: DiscoveryDefinitionData }

/** The pages of catalogues for people. Who renders them stands above what serves them. */
export interface CataloguePages {
  /** The `Content-Security-Policy` that goes with every page. */
  readonly securityPolicy: string
  chooseLanguage(wanted: string | undefined, accepted: string | undefined): CataloguePageView['language']
  renderCatalogue(view: CataloguePageView): string
  renderDataset(view: CataloguePageView, dataset: CatalogueDataset): string
  renderService(
    view: CataloguePageView,
    service: CatalogueService,
    access?: { readonly authorizationServer: string; readonly scopes: readonly string[] },
  ): string
  renderPolicy(
    view: CataloguePageView,
    policy: CataloguePolicy,
    dataset: CatalogueDataset,
    rules: ShownRules | undefined,
  ): string
  renderEvents(view: CataloguePageView, url: string): string
  renderVersions(
    view: CataloguePageView,
    url: string,
    versions: readonly {
      readonly version: string
      readonly modified: string
      readonly digest: string
      readonly url: string
    }[],
  ): string
}
