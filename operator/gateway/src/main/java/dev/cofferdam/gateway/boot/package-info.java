/** Wires the gateway. Only here are files, the environment and the clock. */
package dev.cofferdam.gateway.boot;
