/** What channel and way out have in common on the wire. */
package dev.cofferdam.gateway.http;
