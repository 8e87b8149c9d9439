namespace Mesh.Storage.Migrations;

/// <summary>One numbered script: takes the tables from the version before to its own.</summary>
/// <param name="Version">The version of the tables after it; the first one makes them.</param>
/// <param name="Name">Its file, for messages.</param>
/// <param name="Script">Its statements, sent as a whole: the database decides where a statement ends.</param>
internal sealed record Migration(int Version, string Name, string Script);
