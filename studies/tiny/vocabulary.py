"""Words that random tables are made of: headers with the kind of value they hold, and syllables for names nobody has seen.

A header that a concept of the phrase book knows ("Director", "No.") is asked for in that concept's words; the
invented ones are asked for by their own name, so that a student learns to copy what it has never read.
"""

PERSON = (
    "Player|Name|Driver|Rider|Director|Author|Writer|Artist|Composer|Coach|Manager|Captain|Winner|Runner-up|Champion|"
    "Incumbent|Candidate|President|Mayor|Owner|Founder|Architect|Designer|Actor|Actress|Singer|Producer|Editor|"
    "Written by|Directed by|Built by|Opponent|Partner|Head coach|Skipper|Jockey|Trainer|Chairman|Minister|Governor|"
    "Bishop|Principal|Teacher|Pilot|Commander|Discoverer|Inventor|Laureate|Guest|Host|Narrator|Speaker|Contestant|"
    "Employee|Customer|Contact|Doctor|Patient|Student|Supervisor|Agent|Publisher contact|Married to|Father|Successor"
).split("|")
PLACE = (
    "Country|City|Town|Venue|Location|Stadium|Arena|Capital|Region|State|Province|County|District|Hometown|Birthplace|"
    "Nationality|Nation|Origin|Destination|Port|Island|Continent|Headquarters|Place|Ground|Circuit|Site|Municipality|"
    "Village|Parish|Territory|Home city|Host city|Country of origin|Airport|Station|Campus|Street|Branch|Field"
).split("|")
THING = (
    "Team|Club|School|College|University|Title|Film|Song|Album|Single|Show|Series|Episode|Book|Novel|Ship|Vessel|Bridge|"
    "Building|Tower|Mountain|River|Lake|Planet|Moon|Mission|Element|Mineral|Company|Brand|Model|Product|Event|Race|"
    "Tournament|Competition|League|Festival|Award|Project|Program|Language|Species|Breed|Plant|Bird|Fish|Tree|Mine|"
    "Museum|Church|Castle|Palace|Park|Road|Line|Route|Aircraft|Engine|Locomotive|Rocket|Satellite|Network|Channel|"
    "Newspaper|Magazine|Game|Opera|Symphony|Painting|Dish|Ingredient|Department|Course|Subject|Store|Item|Volcano|Currency"
).split("|")
CATEGORY = (
    "Type|Category|Status|Position|Class|Division|Group|Genre|Format|Surface|Color|Colour|Result|Party|Gender|Level|Grade|"
    "Role|Rank title|Style|Conference|Affiliation|Manufacturer|Constructor|Label|Publisher|Studio|Sport|Discipline|"
    "Material|Family|Order|Condition|Priority|Season|Round|Stage|Section|Sector|Industry|Medium|Weapon|Instrument|"
    "Chassis|Tyre|Power source|Fuel|Religion|Ethnicity|Method|Decision|Outcome|Reason|Shift|Size|Shape|Phase|Denomination"
).split("|")
COUNT = (
    "Points|Goals|Wins|Losses|Draws|Laps|Votes|Attendance|Population|Seats|Capacity|Students|Enrollment|Employees|Games|"
    "Matches|Appearances|Caps|Runs|Wickets|Assists|Rebounds|Yards|Touchdowns|Tackles|Medals|Gold|Silver|Bronze|Episodes|"
    "Tracks|Copies sold|Passengers|Visitors|Floors|Stories|Rooms|Crew|Casualties|Tries|Fouls|Cars|Stations|Pages|"
    "Moons|Satellites|Members|Households|Speakers|Units|Orders|Quantity|Stock|Downloads|Views|Poles|Podiums|Starts"
).split("|")
MEASURE = (
    "Height (m)|Height (ft)|Length (km)|Length (m)|Area (km2)|Area (sq mi)|Weight (kg)|Mass (kg)|Depth (m)|Elevation (m)|"
    "Width (m)|Diameter (km)|Distance (km)|Distance (mi)|Speed (km/h)|Duration (min)|Duration (days)|Power (kW)|"
    "Discharge (m3/s)|Temperature (C)|Density|Price|Price ($)|Cost|Salary|Budget|Revenue|Gross|Sales|Rating|Score|Average|"
    "Percentage|Share (%)|Growth (%)|GDP (billion $)|Range (km)|Volume (l)|Voltage (V)|Age|Viewers (millions)|"
    "Radius (km)|Gravity|Wavelength (nm)|Melting point|Boiling point|Atomic mass|Frequency (MHz)|Interest (%)|Turnover"
).split("|")
YEAR = (
    "Year|Founded|Established|Built|Opened|Completed|Year built|Discovered|First awarded|Joined|Debut|Introduced|Born|"
    "Release year|Year of birth|Since|Abolished|Launched|Start year|End year|First season|Independence|Retired"
).split("|")
DATE = (
    "Date|Release date|Original air date|Launch date|Birth date|Opening date|Start date|End date|Appointed|Elected|Aired|"
    "First ascent|Date of birth|Order date|Delivery date|Match date|Deadline|Signed|Commissioned|Landing date|Hired"
).split("|")
ORDINAL = (
    "No.|No|Number|#|Rank|Pick|Place|Pos|Position no|Grid|Seed|Week|Episode no|Jersey|Lane|Heat|Order no|Stop|Car no|"
    "Atomic number|Overall|Draft pick|Squad number|Race no|Draw|Round no"
).split("|")
CODE = "Code|ISO code|Symbol|Abbreviation|Callsign|Call sign|ID|Registration|Zip|SKU|IATA|Part no|Hull number|Ticker".split("|")
SCORE = "Score|Record|Result|Time|Best time|Final score|Set score|Aggregate|Odds|Time/Retired|Gap|W-L".split("|")

ADJECTIVES = (
    "home|away|total|average|first|last|main|local|national|annual|final|official|former|current|primary|maximum|minimum|"
    "estimated|net|gross|public|private|northern|southern|regional|daily|weekly|upper|lower|inner|outer|old|new|key|best"
).split("|")
NOUNS = (
    "index|factor|signal|ratio|level|charge|term|badge|sign|seal|mark|channel|code|tone|grade|line|zone|unit|cycle|band|"
    "lot|batch|note|topic|theme|focus|aim|basis|origin|effect|value|limit|target|reach|yield|load|tax|fee|bonus|fund|"
    "crest|motto|nickname|mascot|sponsor|contract|license|patent|permit|archive|chapter|volume|quarter|term|shelf|depot"
).split("|")
ENTITIES = (
    "roster|season|schedule|results|standings|list|episodes|films|albums|singles|rivers|lakes|mountains|bridges|buildings|"
    "ships|missions|players|drivers|teams|clubs|schools|cities|countries|elections|candidates|awards|winners|medals|"
    "stations|routes|airports|museums|parks|species|products|orders|employees|courses|books|games|stamps|coins|engines|"
    "aircraft|satellites|planets|moons|minerals|languages|festivals|races|records|transfers|draft|squad|fixtures|stores"
).split("|")

ONSETS = "b|br|c|ch|cl|d|dr|f|fl|g|gr|h|j|k|kl|l|m|n|p|ph|pl|pr|qu|r|s|sch|sh|sk|sl|sm|st|str|t|th|tr|v|w|wh|x|y|z".split("|")
VOWELS = "a|e|i|o|u|a|e|i|o|ai|au|ea|ee|ei|ia|ie|io|oo|ou|ue|y|á|é|ö|ü|ä".split("|")
CODAS = "|||b|ck|d|ff|g|k|l|ll|m|n|nd|ng|nn|nt|p|r|rd|rg|rk|rn|rt|s|sch|sh|ss|st|t|th|tz|v|x|z".split("|")
COMMON = (
    "north|south|east|west|new|old|saint|san|mount|lake|river|port|fort|grand|great|united|royal|city|state|national|"
    "green|red|blue|black|white|silver|golden|wild|iron|stone|king|queen|lion|eagle|bear|wolf|star|sun|moon|night|day|"
    "fire|water|wind|sea|hill|valley|park|bridge|tower|house|street|garden|field|wood|rock|love|heart|dream|song|dance|"
    "world|time|life|home|road|lost|last|first|second|big|little|young|long|high|deep|dark|bright|silent|secret|open"
).split("|")
CATEGORY_WORDS = (
    "active|closed|retired|pending|planned|open|won|lost|drawn|w|l|d|yes|no|true|false|guard|forward|center|midfielder|"
    "defender|goalkeeper|pitcher|clay|hard|grass|carpet|rock|pop|jazz|folk|drama|comedy|action|thriller|documentary|gas|"
    "solid|liquid|metal|wood|steel|concrete|suspension|arch|public|private|catholic|junior|senior|gold|silver|bronze|"
    "democratic|republican|liberal|conservative|labour|green|independent|small|medium|large|a|b|c|i|ii|iii|iv|re-elected|"
    "defeated|tko|submission|knockout|points|regular|playoff|home|away|neutral|north|south|east|west|red|blue|diesel|steam"
).split("|")
