/** The gateway's own record of what sandboxes were given and did. */
package dev.cofferdam.gateway.audit;
