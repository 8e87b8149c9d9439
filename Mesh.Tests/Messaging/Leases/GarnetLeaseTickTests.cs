using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Leases;

/// <summary>Ticks on the local engine's Garnet.</summary>
public sealed class GarnetLeaseTickTests(GarnetProgram server) : LeaseTickContract(server), IClassFixture<GarnetProgram>;
