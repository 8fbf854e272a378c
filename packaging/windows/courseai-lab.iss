; CourseAI Lab for Windows: packaging/build.py calls Inno Setup 6 with /DVersion, /DBundle, /DOut and /DIcons.
[Setup]
AppId={{6C2E3C1E-53B7-4C7A-9B1B-0C4A5B7E2D10}
AppName=CourseAI Lab
AppVersion={#Version}
AppPublisher=CourseAI Lab contributors
DefaultDirName={autopf}\CourseAI Lab
DefaultGroupName=CourseAI Lab
DisableProgramGroupPage=yes
; For this user without a question, for everybody with setup.exe /ALLUSERS.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=commandline dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
Compression=lzma2/max
SolidCompression=yes
ChangesAssociations=yes
LicenseFile={#Bundle}\_internal\LICENCES.txt
SetupIconFile={#Icons}\courseai-lab.ico
UninstallDisplayIcon={app}\courseai-lab.exe
OutputDir={#Out}
OutputBaseFilename=CourseAI-Lab-{#Version}-setup

[Tasks]
Name: desktopicon; Description: "An icon on the desktop"; Flags: unchecked

[Files]
Source: "{#Bundle}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion
Source: "{#Icons}\courseai-lab-file.ico"; DestDir: "{app}"; Flags: ignoreversion

[Icons]
Name: "{group}\CourseAI Lab"; Filename: "{app}\courseai-lab.exe"
Name: "{group}\CourseAI Lab (safe mode)"; Filename: "{app}\courseai-lab.exe"; Parameters: "--safe-mode"
Name: "{autodesktop}\CourseAI Lab"; Filename: "{app}\courseai-lab.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\.lab"; ValueType: string; ValueData: "CourseAILab.File"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\CourseAILab.File"; ValueType: string; ValueData: "CourseAI Lab file"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\CourseAILab.File\DefaultIcon"; ValueType: string; ValueData: "{app}\courseai-lab-file.ico"
Root: HKA; Subkey: "Software\Classes\CourseAILab.File\shell\open\command"; ValueType: string; ValueData: """{app}\courseai-lab.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\courseai-lab"; ValueType: string; ValueData: "URL:CourseAI Lab"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\courseai-lab"; ValueType: string; ValueName: "URL Protocol"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\courseai-lab\shell\open\command"; ValueType: string; ValueData: """{app}\courseai-lab.exe"" ""%1"""

[Run]
Filename: "{app}\courseai-lab.exe"; Description: "Open CourseAI Lab"; Flags: nowait postinstall skipifsilent

; Nothing below the user's own folders is ever deleted.
