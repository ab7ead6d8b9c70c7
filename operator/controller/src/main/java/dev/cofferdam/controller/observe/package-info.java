/** What a run's pod and the facts in its status say, as values. Pure. */
package dev.cofferdam.controller.observe;
