"""What the fake policies say that they were pretrained on: the fake suite under another name."""

from benchmarks.suites.fake import FakeSuite

SUITE = FakeSuite(name="fake_pretrain")
