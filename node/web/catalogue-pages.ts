import type { CataloguePages } from '../catalogue/pages.js'
import { renderCatalogue } from './catalogue-page.js'
import { renderDataset } from './dataset-page.js'
import { renderEvents } from './events-page.js'
import { chooseLanguage } from './language.js'
import { renderPolicy } from './policy-page.js'
import { renderService } from './service-page.js'
import { pageSecurityPolicy } from './style.js'
import { renderVersions } from './versions-page.js'

/** Every page of a catalogue, for the routes that serve them. */
export const cataloguePages: CataloguePages = {
  securityPolicy: pageSecurityPolicy,
  chooseLanguage,
  renderCatalogue,
  renderDataset,
  renderService,
  renderPolicy,
  renderEvents,
  renderVersions,
}
