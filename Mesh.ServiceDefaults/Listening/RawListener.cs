using System.Net;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>A port whose connections are not HTTP.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Purpose">What for, in the log.</param>
public sealed record RawListener(IPEndPoint Address, string Purpose);
