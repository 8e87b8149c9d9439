namespace Mesh.ServiceDefaults.Listening;

/// <summary>A port whose connections are no HTTP.</summary>
internal sealed record RawListener(int Port, string Purpose);
