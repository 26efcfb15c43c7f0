import pytest

from feeding import Platform
from harness import Broker, World


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def make_world(broker, tmp_path):
    worlds = []

    def make(**options):
        worlds.append(World(broker, tmp_path, **options))
        return worlds[-1]

    yield make
    for world in worlds:
        world.stop_all()


@pytest.fixture
def world(make_world):
    return make_world()


@pytest.fixture
def platform(world):
    platform = Platform(world)
    yield platform
    platform.stop()
