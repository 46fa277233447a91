"""Segments become ranges of streams, whatever the initial sequence number and the order on the wire."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.records import SegmentRecord, TcpOptions
from engine.understand.wire import ACK, FIN, RST, SYN, Conversations, Direction, Placed

CLIENT, SERVER = "127.0.0.1:40000", "127.0.0.1:8001"
FULL = 1 << 32


class Talk:
    """Two ends that talk; numbers are given relative, as a reader counts them, and sent absolute."""

    def __init__(self, client_initial: int = 1000, server_initial: int = 5000, scale: int | None = 7) -> None:
        self.conversations = Conversations()
        self.initial = {CLIENT: client_initial, SERVER: server_initial}
        self.options = TcpOptions(window_scale=scale)

    def segment(
        self, source: str, flags: int, seq: int, ack: int = 0, length: int = 0, options: TcpOptions | None = None
    ) -> Placed:
        other = SERVER if source == CLIENT else CLIENT
        return self.conversations.take(
            SegmentRecord(
                t=0,
                protocol="tcp",
                source=source,
                destination=other,
                length=length,
                wire_length=66 + length,
                frame=b"",
                seq=(self.initial[source] + seq) % FULL,
                ack=(self.initial[other] + ack) % FULL if flags & ACK else 0,
                flags=flags,
                window=100,
                options=options,
            )
        )

    def shake_hands(self) -> Placed:
        first = self.segment(CLIENT, SYN, 0, options=self.options)
        self.segment(SERVER, SYN | ACK, 0, 1, options=self.options)
        self.segment(CLIENT, ACK, 1, 1)
        return first


def test_a_conversation_from_handshake_to_fin() -> None:
    talk = Talk()
    first = talk.shake_hands()
    assert (first.opened, first.forward, first.seq, first.ack, first.start) == (True, True, 0, None, None)
    conversation = first.conversation

    placed = talk.segment(CLIENT, ACK, 1, 1, length=12)
    assert (placed.opened, placed.seq, placed.ack) == (False, 1, 1)
    assert (placed.start, placed.end, placed.order, placed.repeated) == (0, 12, "in order", 0)
    assert (conversation.forward.sent, conversation.forward.delivered, conversation.forward.acked) == (12, 12, 0)

    placed = talk.segment(SERVER, ACK, 1, 13)
    assert (placed.forward, placed.seq, placed.ack, placed.start) == (False, 1, 13, None)
    assert conversation.forward.acked == 12

    talk.segment(CLIENT, FIN | ACK, 13, 1, length=3)
    talk.segment(SERVER, ACK, 1, 17)  # acknowledges 15 bytes and the FIN, which is no byte
    assert (conversation.forward.acked, conversation.forward.end, conversation.closed) == (15, 15, False)

    talk.segment(SERVER, FIN | ACK, 1, 17)
    assert (conversation.backward.end, conversation.closed, conversation.reset) == (0, True, False)


def test_windows_are_scaled_after_the_handshake_only() -> None:
    talk = Talk(scale=7)
    assert talk.segment(CLIENT, SYN, 0, options=talk.options).window == 100
    assert talk.segment(SERVER, SYN | ACK, 0, 1, options=talk.options).window == 100
    assert talk.segment(CLIENT, ACK, 1, 1).window == 100 << 7


def test_a_scale_the_server_did_not_answer_is_not_used() -> None:
    talk = Talk()
    talk.segment(CLIENT, SYN, 0, options=talk.options)
    talk.segment(SERVER, SYN | ACK, 0, 1, options=TcpOptions(mss=1460))
    assert talk.segment(CLIENT, ACK, 1, 1).window == 100


def test_without_a_syn_nothing_is_made_up() -> None:
    talk = Talk()
    placed = talk.segment(CLIENT, ACK, 501, 301, length=9)
    assert (placed.seq, placed.ack, placed.window) == (None, None, None)
    assert (placed.start, placed.end, placed.order) == (None, None, None)


def test_a_syn_ack_alone_tells_both_initial_numbers_but_not_the_clients_scale() -> None:
    talk = Talk()
    placed = talk.segment(SERVER, SYN | ACK, 0, 1, options=talk.options)
    assert (placed.conversation.client, placed.forward, placed.ack) == (CLIENT, False, 1)
    placed = talk.segment(CLIENT, ACK, 1, 1, length=4)
    assert (placed.start, placed.end, placed.window) == (0, 4, None)


def test_a_refused_connection() -> None:
    talk = Talk()
    first = talk.segment(CLIENT, SYN, 0)
    refusal = talk.segment(SERVER, RST | ACK, 0, 1)
    assert (refusal.seq, refusal.ack, refusal.conversation.reset) == (None, 1, True)
    talk.initial[CLIENT] = 77
    again = talk.segment(CLIENT, SYN, 0)
    assert again.opened
    assert again.conversation is not first.conversation


def test_a_repeated_syn_opens_nothing_new() -> None:
    talk = Talk()
    first = talk.segment(CLIENT, SYN, 0)
    again = talk.segment(CLIENT, SYN, 0)
    assert not again.opened
    assert again.conversation is first.conversation


def test_the_same_addresses_used_again_are_another_conversation() -> None:
    talk = Talk()
    old = talk.shake_hands().conversation
    talk.segment(CLIENT, RST | ACK, 1, 1)
    talk.initial = {CLIENT: 90_000, SERVER: 95_000}
    new = talk.shake_hands()
    assert new.opened
    assert new.conversation is not old
    assert talk.segment(CLIENT, ACK, 1, 1, length=5).start == 0


def test_both_ends_may_open_at_once() -> None:
    talk = Talk()
    first = talk.segment(CLIENT, SYN, 0)
    talk.segment(SERVER, SYN, 0)
    talk.segment(CLIENT, SYN | ACK, 0, 1)
    last = talk.segment(SERVER, SYN | ACK, 0, 1)
    assert last.conversation is first.conversation
    assert talk.segment(SERVER, ACK, 1, 1, length=2).start == 0


def test_a_socket_connected_to_itself_has_one_stream() -> None:
    conversations = Conversations()
    for flags, seq, ack, length in [(SYN, 9, 0, 0), (SYN | ACK, 9, 10, 0), (ACK, 10, 10, 5), (ACK, 15, 15, 0)]:
        record = SegmentRecord(0, "tcp", CLIENT, CLIENT, length, 66 + length, b"", seq, ack, flags)
        placed = conversations.take(record)
    direction = placed.conversation.forward
    assert direction is placed.conversation.backward
    assert (direction.sent, direction.delivered, direction.acked) == (5, 5, 5)


def test_data_on_a_syn_begin_the_stream() -> None:
    talk = Talk()
    placed = talk.segment(CLIENT, SYN, 0, length=6)
    assert (placed.start, placed.end) == (0, 6)
    assert talk.segment(CLIENT, ACK, 7, length=2).start == 6


def test_order_of_segments() -> None:
    talk = Talk()
    talk.shake_hands()
    orders = [
        (placed.start, placed.order, placed.repeated, placed.conversation.forward.delivered)
        for placed in (talk.segment(CLIENT, ACK, 1 + start, 1, length=10) for start in (0, 20, 10, 10, 25, 35))
    ]
    assert orders == [
        (0, "in order", 0, 10),
        (20, "ahead", 0, 10),
        (10, "out of order", 0, 30),
        (10, "retransmission", 10, 30),
        (25, "retransmission", 5, 35),
        (35, "in order", 0, 45),
    ]


def test_bytes_the_capture_lost_are_known_from_their_acknowledgment() -> None:
    talk = Talk()
    forward = talk.shake_hands().conversation.forward
    talk.segment(CLIENT, ACK, 1, 1, length=10)
    talk.segment(CLIENT, ACK, 31, 1, length=10)
    assert forward.delivered == 10
    talk.segment(SERVER, ACK, 1, 51)
    assert (forward.delivered, forward.acked, forward.missed) == (50, 50, 30)


near_the_end = st.integers(FULL - 3000, FULL - 1) | st.integers(0, FULL - 1)


@given(near_the_end, near_the_end, st.data())
def test_any_cuts_any_order_any_repetition(client: int, server: int, data: st.DataObject) -> None:
    """Against sets of single bytes: what was seen, what is there in order, what was seen again."""
    talk = Talk(client, server)
    forward = talk.shake_hands().conversation.forward
    ranges = st.tuples(st.integers(0, 3000), st.integers(1, 400))
    seen: set[int] = set()
    for start, length in data.draw(st.lists(ranges, max_size=30)):
        placed = talk.segment(CLIENT, ACK, 1 + start, 1, length=length)
        piece = set(range(start, start + length))
        assert (placed.start, placed.end) == (start, start + length)
        assert placed.repeated == len(piece & seen)
        assert (placed.order == "retransmission") == bool(piece & seen)
        seen |= piece
        delivered = next(byte for byte in range(4000) if byte not in seen)
        assert (forward.delivered, forward.sent) == (delivered, max(seen) + 1)
        talk.segment(SERVER, ACK, 1, 1 + delivered)
        assert (forward.acked, forward.missed) == (delivered, 0)


@given(near_the_end, st.lists(st.integers(1, 1 << 30), max_size=40))
def test_a_stream_may_be_longer_than_all_sequence_numbers(initial: int, lengths: list[int]) -> None:
    direction = Direction()
    direction.initial = initial
    position = 0
    for length in lengths:
        assert direction.offset((initial + 1 + position) % FULL) == position
        direction.carry(position, position + length)
        position += length
    assert (direction.sent, direction.delivered) == (position, position)
