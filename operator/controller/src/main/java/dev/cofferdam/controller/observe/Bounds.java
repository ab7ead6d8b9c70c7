package dev.cofferdam.controller.observe;

import java.time.Duration;

/**
 * How long each wait lasts at most.
 *
 * @param start from the moment a node was found until the container must have started
 * @param volume from the pod's creation until its volume must have been found
 * @param patience how long its supervisor waits for a job
 * @param unscheduled from the pod's creation until a node must have been found
 * @param placing from the pod's creation until people are told that no node was found, and why
 * @param pull from the kubelet's acceptance until an image that cannot be pulled ends the run: a first failure may pass
 * @param facts from when the container's end was told, or the pod was lost, until facts must have come
 * @param word from the facts until the kubelet must have said why the pod ended, where that is in doubt
 * @param running how long a tool runs before people are told
 * @param silence how long after a deadline that the kubelet keeps, and has not kept, its node counts as lost
 * @param settle how long after the end the image's digest is waited for
 */
public record Bounds(
        Duration start,
        Duration volume,
        Duration patience,
        Duration unscheduled,
        Duration placing,
        Duration pull,
        Duration facts,
        Duration word,
        Duration running,
        Duration silence,
        Duration settle) {}
