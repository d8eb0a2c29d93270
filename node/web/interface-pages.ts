import type { InterfacePages } from '../http/routes/openapi.js'
import { renderInterface, type InterfaceDocument } from './interface-page.js'
import { pageSecurityPolicy } from './style.js'

/** The pages about the interfaces of the node, for the routes that serve them. */
export const interfacePages: InterfacePages = {
  securityPolicy: pageSecurityPolicy,
  // The document is the one that `createOpenApiDocument` makes, which has all of these parts.
  renderInterface: (document, links) => renderInterface(document as unknown as InterfaceDocument, links),
}
