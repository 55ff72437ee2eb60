"""What several tests share: real servers on loopback, a second client, a mail generator, a fault proxy, strace."""
